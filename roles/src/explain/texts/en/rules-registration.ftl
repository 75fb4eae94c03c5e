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
