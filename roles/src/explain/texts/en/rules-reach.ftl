### Rules about reach and transport. Value: the title. Attributes: verdict, advice, raise, why-….

rule-d01 = Nobody answers
    .advice =
        - Ask the same address with "ringback ping" over UDP and over TCP.
        - Check address and port against DNS and the configuration; see that the service runs and listens there.
        - Check the firewall on both ends and the list of addresses that the peer allows.
    .raise =
        - Capture at the other end too: it shows whether the request arrives.
    .why-first = the request
    .why-last = its last copy; nothing came back here
    .why-lives = the same peer answered this

rule-d01-silent =
    .verdict = <method> was sent <copies> times to <peer> within <seconds> s and nothing came back to the place of
        the capture: a wrong address, a firewall, or a service that is down.

rule-d01-lives =
    .verdict = <method> was sent <copies> times to <peer> within <seconds> s and nothing came back, although the
        same peer answered other requests: this request or its answer is lost on the way, or the peer drops it.
    .advice =
        - Compare this request with the one that was answered: length (over 1300 bytes it breaks into fragments),
          source address, user.
        - See whether the peer has banned the source or the user.
        - Try the same over TCP.

rule-d01-receiver =
    .verdict = <method> arrived <copies> times at <peer> within <seconds> s and it sent nothing back.
    .advice =
        - The request arrives: look at the server there, at its log and its list of allowed or banned addresses.
        - See that the service listens on this very address and port.
