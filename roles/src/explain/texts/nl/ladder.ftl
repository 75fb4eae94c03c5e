### Wat `ringback demo` naast en onder zijn ladder zegt. Namen van de vorm ladder-CODE-METHODE vertellen wat een antwoord
### voor die methode betekent, waar de betekenis van de code alleen weinig zou zeggen.

ladder-200-register = De registrar heeft opgeslagen waar de telefoon te bereiken is, en zegt voor hoelang.
ladder-200-invite = Er is opgenomen, en beide kanten weten waarheen zij hun geluid moeten sturen.
ladder-200-bye = Het gesprek is voor beide kanten voorbij.

demo-audio = geluid van telefoon naar telefoon, buiten de server om
demo-alice = alice hoorde bobs toon van 660 Hz
demo-bob = bob hoorde alices toon van 440 Hz
demo-received = pakketten ontvangen
demo-lost = verloren
demo-jitter = jitter
demo-good = Het geluid kwam in beide richtingen aan. Wat een regel betekent: ringback explain 407
demo-bad = Het geluid kwam niet in beide richtingen aan.
demo-no-registration = Een telefoon kon zich niet registreren.
demo-no-ringing = De oproep bereikte de andere telefoon niet.
demo-no-answer = De oproep werd niet beantwoord.
demo-no-end = Het gesprek eindigde niet op tijd.
