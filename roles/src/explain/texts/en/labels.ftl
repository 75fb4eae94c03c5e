### Labels of the reference entries.

## Headings of prose

field-meaning = What it means
field-sender = Who sends it, and when
field-duty = What the receiver must do
field-causes = Usual causes
field-remedy = What to do
