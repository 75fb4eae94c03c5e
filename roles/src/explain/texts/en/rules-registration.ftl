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
