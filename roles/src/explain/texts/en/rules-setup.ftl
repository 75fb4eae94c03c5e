### Rules about call set-up. Value: the title. Attributes: verdict, advice, raise, why-….

rule-d29 = No common codec or media
    .advice =
        - Switch on a codec that both sides have, such as PCMA or PCMU, and for wideband G722 or opus.
        - Or let a server between them translate the media.
    .raise =
        - Capture a call in the other direction: its offer shows what the called side can do.
    .why-offer = offers <detail>
    .why-refused = refuses the offer with <code>
    .why-warning = says why: <warning>

rule-d29-disabled =
    .verdict = The call was refused with <code>, for the caller's offer switches every medium off (<detail>). No
        codec is missing: the offer asks for nothing.
    .advice =
        - Look at the caller: it makes offers with port 0, inactive media or an empty address, mostly because no
          codec is enabled or it found no address of its own.

rule-d29-profile =
    .verdict = The call was refused with <code>, for one side wants encrypted media and the other plain ones
        (<detail>), as between a browser and a common phone.
    .advice =
        - Put a server that relays media between them, one that speaks SRTP with ICE on the one side and RTP on the other.
        - Or enable SRTP on the phone, or disable it on both.

rule-d29-codecs =
    .verdict = The call was refused with <code>: the called side takes none of the codecs that were offered
        (<detail>).

rule-d29-fax =
    .verdict = The call was refused with <code>: it asks for fax (<detail>) and the called side does not do that.
    .advice =
        - Enable T.38 on the called side, or send the fax as sound with PCMA or PCMU.

rule-d29-address =
    .verdict = The call was refused with <code>: the offer has IPv6 addresses only (<detail>) and the called side
        is reached by IPv4.
    .advice =
        - Let the caller offer an IPv4 address too, or put a server between them that relays media.

rule-d29-type =
    .verdict = The request was refused with <code>: its body is of a type that the other side does not read
        (<detail>).
    .advice =
        - Look at Accept in the answer and let the sender use one of these types; for calls it is application/sdp.

rule-d29-late =
    .verdict = The call was refused with <code> although it had no offer: the called side should make the offer
        itself, and does not do so.
    .advice =
        - Let the caller put its offer into the INVITE; some systems have a setting for "early offer".
