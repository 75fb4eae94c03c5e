### Rules about registration and credentials. Value: the title. Attributes: verdict, advice, raise, why-….

rule-d11 = Wrong password or user
    .verdict = The credentials of "<user>" for "<realm>" were refused with <code>: the password or the user name
        for authentication is wrong.
    .advice =
        - Type the password again; look for a space at its end.
        - The user name for authentication is often neither the extension nor the displayed name: compare it with
          the account.
        - Stop the device from trying until it is corrected: repeated failures lead to a ban.
        - After a change of the domain, passwords that are kept as a hash must be set anew.
    .raise =
        - Look at the log of the server that refused: it knows whether the digest was wrong.
    .why-challenge = asks for credentials
    .why-credentials = answers this very challenge as "<user>"
    .why-refused = refuses them with <code>

rule-d11-forbidden =
    .verdict = The credentials of "<user>" for "<realm>" were refused with <code>: the password or user name is
        wrong, or the account may not register.

rule-d12 = Nonce out of date
    .advice =
        - Find out why the client was slow to answer the challenge: a question to a person, DNS, a busy machine.
        - Let the server's nonces live longer.
        - Servers behind one balancer must share the key of their nonces.
    .raise =
        - Look at the log of the server: it knows whether the nonce was too old.
    .why-challenge = asks for credentials
    .why-credentials = answers after <seconds> s
    .why-anew = asks again, with another nonce

rule-d12-stale =
    .verdict = The server found the nonce out of date when "<user>" answered after <seconds> s, and no later try
        succeeded.

rule-d12-late =
    .verdict = "<user>" answered the challenge after <seconds> s; the server asked again with another nonce, as it
        does when the first one is out of date.

rule-d13 = Challenge not answered
    .advice =
        - Enter user and password for the realm "<realm>" in the device.
        - A registrar and a user agent ask with 401, a proxy asks with 407: see that what stands on the way does so.
    .raise =
        - Capture at the device: it shows whether the challenge arrives there.
    .why-challenge = asks for credentials
    .why-next = the next try of the same device

rule-d13-none =
    .verdict = <method> got <code> for "<realm>", and no new request with credentials followed.

rule-d13-bare =
    .verdict = <method> got <code> for "<realm>", and the device asked again without credentials.

rule-d13-realm =
    .verdict = The challenge is for the realm "<realm>", and the device gave credentials for "<given>".
    .advice =
        - Set the realm of the account in the device to "<realm>", or leave it empty.

rule-d13-algorithm =
    .verdict = <method> got <code> for "<realm>" with algorithms that many devices lack (no MD5), and no new request
        with credentials followed.
    .advice =
        - Offer MD5 beside SHA-256, or update the device.
        - Enter user and password for the realm "<realm>" in the device.

rule-d14 = Challenged where it does not help
    .why-request = the request
    .why-challenge = asks for credentials

rule-d14-inside =
    .verdict = <method> inside the dialog got <code> and was not repeated with credentials: it had no effect.
    .advice =
        - Do not ask for credentials inside a dialog that the server takes part in.
        - Otherwise the device must repeat the request with credentials.

rule-d14-cancel =
    .verdict = <method> got <code>, although a client cannot repeat it with credentials.
    .advice =
        - Do not ask for credentials for CANCEL and ACK: they belong to a request that was let through.

rule-d16 = Not registered at that moment
    .advice =
        - See whether the phone is on, reaches the network, and registers again.
        - Look at its last tries to register: without an answer, refused, or none at all?
        - A device should renew its registration when about half of the granted time has passed.
    .raise =
        - Capture at the registrar from before the device registers, or look at its list of contacts.
    .why-request = the call
    .why-refused = the registrar itself says <code>
    .why-granted = the last registration; it held <granted> s

rule-d16-expired =
    .verdict = <user> was not registered: the last registration had run out <seconds> s before the call. The
        registrar said <code>.

rule-d16-closed =
    .verdict = <user> could not be reached: its registration still held, but the connection by which the device had
        registered was closed before the call. The registrar said <code>.
    .advice =
        - See why the connection ended: the device restarted, changed networks, or a router in between forgot it.
        - Let the device send something over it every minute or two, and open it again when it ends.

rule-d16-removed =
    .verdict = <user> was not registered: the device had taken its registration away. The registrar said <code>.
    .advice =
        - See whether the phone was switched off or logged out on purpose.

rule-d16-unseen =
    .verdict = <user> was not registered: the registrar said <code> at once and asked no phone.

rule-d17 = The NAT hole closed
    .advice =
        - Let the device send something every 25 seconds: CRLF, STUN or OPTIONS.
        - Or register over TCP or TLS, or for a shorter time.
        - Lengthen the UDP timeout of the router before the device.
    .raise =
        - Capture at the device too: it shows whether the request arrives.
    .why-granted = the registration holds
    .why-first = the request to the registered address
    .why-last = its last copy; nothing came back here
    .why-moved = the device registers again, from <next>

rule-d17-silent =
    .verdict = <method> went to <peer>, from where a device behind a NAT had registered <seconds> s before, and
        nothing came back: the router forgets the way, or the device is off.

rule-d17-moved =
    .verdict = <method> went to <peer>, from where a device behind a NAT had registered <seconds> s before, and
        nothing came back; afterwards the device registered from another port: the router had forgotten the way.

rule-d20 = A private Contact taken at face value
    .advice =
        - Let the server send to the address from which the device came, not to its Contact.
        - A server on the way can see to it with Path, Outbound, or a Contact that it rewrites.
        - Or let the device find its public address: STUN, or what rport told it.
    .raise =
        - Capture on for at least half a minute more.
    .why-contact = names a private address, and comes from <source>
    .why-sent = goes to that private address

rule-d20-dialog =
    .verdict = <method> went to the private address <contact>, which the Contact of a party behind a NAT named: it
        cannot arrive there.

rule-d20-registered =
    .verdict = <method> went to the private address <contact>, as the device registered it from <source>: it cannot
        arrive there.

rule-d21 = Interval too short
    .raise =
        - Capture on for at least half a minute more.
    .why-asked = asks for <asked> s
    .why-refused = says that at least <least> s are needed
    .why-next = the next try

rule-d21-again =
    .verdict = <code>: the interval of <asked> s is too short, at least <least> s are needed, and the client asked
        again for too little.
    .advice =
        - Set the interval in the device to <least> s or more.

rule-d21-left =
    .verdict = <code>: the interval of <asked> s is too short, at least <least> s are needed, and the client did not
        ask again.
    .advice =
        - Set the interval in the device to <least> s or more.

rule-d21-missing =
    .verdict = <code> came without <field>: the client cannot know which interval would do.
    .advice =
        - The server must name the shortest interval in <field>.
    .why-refused = names no limit

rule-d15 = Forbidden by policy
    .advice =
        - Do not repeat the same request: it changes nothing.
    .raise =
        - Capture at the server that refused, or look at its log: it shows whether another one said it first.
    .why-request = the request
    .why-refused = forbids it with <code>
    .why-text = says why: <text>

rule-d15-before =
    .verdict = <hop> refused <method> from <source> with <code> before it asked for credentials: the address or the
        request itself may not.
    .advice =
        - Add the address <source> to the list of allowed ones, or to the trunk.
        - Do not repeat the same request: it changes nothing.

rule-d15-after =
    .verdict = <hop> refused <method> with <code> although it brought credentials: the caller's number or the
        destination is not allowed, or the credentials belong to another user.
    .advice =
        - Call with a number in From or P-Asserted-Identity that belongs to the account.
        - See which destinations the account may call, and its credit.

rule-d15-far =
    .verdict = <hop>, behind the first server, refused <method> with <code>: a number that is not owned, a blocked
        destination, or no credit.
    .advice =
        - Ask the carrier, with the Call-ID, the time and the tag of To.
        - Do not repeat the same request: it changes nothing.

rule-d18 = Scanned or attacked
    .advice =
        - Ban the source, or let only known networks reach the server.
        - Give no different answers for known and unknown users.
    .why-first = the first try
    .why-last = the last try within the same minute

rule-d18-scan =
    .verdict = <source> asked for <users> different users within a minute and was never let in (User-Agent: <agent>):
        someone is looking for accounts.

rule-d19 = Duplicate or stale contacts
    .advice =
        - List the contacts of the user at <peer> and delete those that are old.
        - Let devices register with an instance (RFC 5626) and for a shorter time, so that old contacts go by themselves.
    .raise =
        - Capture for longer than registrations hold: an old contact is never renewed.
    .why-request = registers this contact
    .why-listed = lists all that the user has now
    .why-earlier = registered the old one
    .why-other = the other device registers

rule-d19-instance =
    .verdict = <peer> lists one device twice (<other> again, with the same instance and flow): a new contact should have
        taken the place of the old one. Calls go to both, and one of them is dead.
    .advice =
        - Correct the registrar at <peer>: the same instance and reg-id replace the contact before.

rule-d19-stale =
    .verdict = <device> registered anew from another port, and its old contact <other> is still listed: calls go there
        too, and nobody answers.

rule-d19-fighting =
    .verdict = <device> and <other> register the same user in turn, and each pushes the other out: calls reach only the
        one that was last.
    .advice =
        - Give each device its own account, or let <peer> keep several contacts for a user.

rule-d23 = Domain not served there
    .advice =
        - Correct the domain in the account of the device: the part after the @, and not the server's address.
        - Or add the name to the domains that <peer> serves.
    .raise =
        - Capture a request that <peer> accepts: it shows the domain that is expected.
    .why-request = asks for <domain>
    .why-refused = refuses with <code>
    .why-served = was taken for <served>

rule-d23-other =
    .verdict = <peer> answered <code> to a request for the domain <domain>, and takes requests for <served>: that domain is
        not its own.

rule-d23-told =
    .verdict = <peer> answered <code>: the domain <domain> is not its own, and it does not pass this request on.
