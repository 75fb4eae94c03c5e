### What `ringback demo` says beside and below its ladder. Ids of the form ladder-CODE-METHOD tell what a response means to
### that method, where the meaning of the code alone would say little.

ladder-200-register = The registrar has stored where the phone can be reached, and says for how long.
ladder-200-invite = The call is answered, and both sides know where to send their audio.
ladder-200-bye = The call is over for both sides.

demo-audio = audio from phone to phone, past the server
demo-alice = alice heard bob's tone of 660 Hz
demo-bob = bob heard alice's tone of 440 Hz
demo-received = packets received
demo-lost = lost
demo-jitter = jitter
demo-good = Audio arrived both ways. What any line means: ringback explain 407
demo-bad = Audio did not arrive both ways.
demo-no-registration = A phone could not register.
demo-no-ringing = The call did not reach the other phone.
demo-no-answer = The call was not answered.
demo-no-end = The call did not end in time.
