### Opschriften van de naslag.

## Koppen boven de tekst

field-meaning = Betekenis
field-sender = Wie stuurt het, en wanneer
field-duty = Wat de ontvanger moet doen
field-causes = Gebruikelijke oorzaken
field-remedy = Wat te doen
