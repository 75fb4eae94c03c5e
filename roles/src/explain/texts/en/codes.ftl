### Response codes. Value: the meaning. Attributes: sender, duty, causes, remedy.

code-480 = The called user is known here but cannot be reached at this moment. Nothing is wrong with the number or
    with the request: the same call may succeed later.
    .sender = The server of the called user's domain when no device is registered; the telephone itself when it is
        set to do-not-disturb or logged off; a gateway when the telephone network reports no answer or an absent
        subscriber.
    .duty = End this attempt. When the response has Retry-After, do not try again before that time. In a running
        subscription or session it ends that usage only. A call to a sips: address may not be repeated to the sip:
        address without asking the user.
    .causes =
        - The telephone is switched off, offline, or its registration has expired.
        - Registration fails after a change of password or network, and nobody noticed.
        - A router dropped the address mapping; the binding is stale and was removed.
        - Do-not-disturb, or all agents of a queue are logged off.
        - Through a gateway: it rang and nobody answered (cause 19), or the mobile has no coverage (cause 20).
    .remedy =
        - Look whether the called user has a binding, and when the last REGISTER arrived.
        - Read the Reason and Warning header fields of the response: they tell no answer from not registered.
        - Shorten the registration interval or switch on keep-alives if bindings die behind a router.
        - Set a forward to voicemail for users who are often unreachable.
