//! Who may use the console and the API: accounts and tokens, in a file of the data folder that only its owner may read.
//! Commands change it while the server runs; the server reads it whenever somebody shows a password or a token.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use ringback_io::clock::seed_from_system;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use subtle::ConstantTimeEq as _;

/// What somebody may do; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    /// See everything.
    Read,
    /// Also lift bans and set message counts.
    Operate,
    /// Also add and remove users.
    Admin,
}

impl Scope {
    /// The word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Operate => "operate",
            Scope::Admin => "admin",
        }
    }
}

/// Accounts and tokens.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Keys {
    pub(crate) accounts: Vec<Account>,
    pub(crate) tokens: Vec<Token>,
}

/// Somebody who signs in.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) name: String,
    /// The password, hashed with Argon2id.
    pub(crate) hash: String,
}

/// A program.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) name: String,
    pub(crate) scope: Scope,
    /// The token, hashed with SHA-256: it is random, so that nobody can guess what gives the hash.
    pub(crate) hash: String,
}

/// Why the keys cannot be changed so.
#[derive(Debug)]
pub(crate) enum KeyFault {
    /// The file cannot be read or written.
    File(io::Error),
    /// It is not a name.
    NotAName,
    /// There is one of this name already.
    Exists,
    /// There is none of this name.
    Unknown,
    /// There are too many.
    TooMany,
    /// The password is shorter than this.
    TooShort(usize),
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyFault::File(error) => write!(f, "{FILE}: {error}"),
            KeyFault::NotAName => {
                write!(f, "a name has letters, digits, `.`, `_`, `-` and at most {NAME_BYTES_MAX} of them")
            }
            KeyFault::Exists => f.write_str("there is one of this name already"),
            KeyFault::Unknown => f.write_str("there is none of this name"),
            KeyFault::TooMany => write!(f, "there are {KEYS_MAX} already"),
            KeyFault::TooShort(least) => write!(f, "the password has fewer than {least} characters"),
        }
    }
}

impl From<io::Error> for KeyFault {
    fn from(error: io::Error) -> Self {
        KeyFault::File(error)
    }
}

impl Keys {
    /// The keys of a data folder; none when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn read(folder: &Path) -> io::Result<Keys> {
        match fs::read(folder.join(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Keys::default()),
            Err(error) => Err(error),
        }
    }

    /// Changes the keys of a data folder, one process after the other.
    ///
    /// # Errors
    /// Those of `change`, or when the file cannot be read or written; then nothing is changed.
    pub(crate) fn change<T>(
        folder: &Path,
        change: impl FnOnce(&mut Keys) -> Result<T, KeyFault>,
    ) -> Result<T, KeyFault> {
        fs::create_dir_all(folder)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(folder.join(format!("{FILE}.lock")))?;
        fs4::FileExt::lock(&lock)?;
        let mut keys = Keys::read(folder)?;
        let done = change(&mut keys)?;
        keys.write(folder)?;
        Ok(done)
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        let fresh = folder.join(format!("{FILE}.new"));
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        fs::rename(&fresh, folder.join(FILE))?;
        File::open(folder)?.sync_all()
    }

    /// Gives an account a password; makes the account when `is_new`, and only then.
    ///
    /// # Errors
    /// See [`KeyFault`].
    pub(crate) fn set_password(&mut self, name: &str, password: &str, is_new: bool) -> Result<(), KeyFault> {
        check_name(name)?;
        if password.chars().count() < PASSWORD_CHARS_MIN {
            return Err(KeyFault::TooShort(PASSWORD_CHARS_MIN));
        }
        let is_full = self.accounts.len() >= KEYS_MAX;
        let known = self.accounts.iter_mut().find(|account| account.name == name);
        let hash = hash_password(password)?;
        match (known, is_new) {
            (Some(_), true) => Err(KeyFault::Exists),
            (None, false) => Err(KeyFault::Unknown),
            (Some(account), false) => {
                account.hash = hash;
                Ok(())
            }
            (None, true) if is_full => Err(KeyFault::TooMany),
            (None, true) => {
                self.accounts.push(Account { name: name.to_owned(), hash });
                Ok(())
            }
        }
    }

    /// Removes an account; who is signed in with it is signed out.
    ///
    /// # Errors
    /// [`KeyFault::Unknown`].
    pub(crate) fn remove_account(&mut self, name: &str) -> Result<(), KeyFault> {
        let before = self.accounts.len();
        self.accounts.retain(|account| account.name != name);
        if self.accounts.len() == before { Err(KeyFault::Unknown) } else { Ok(()) }
    }

    /// Makes a token and gives it; nobody can read it again.
    ///
    /// # Errors
    /// See [`KeyFault`].
    pub(crate) fn add_token(&mut self, name: &str, scope: Scope) -> Result<String, KeyFault> {
        check_name(name)?;
        if self.tokens.iter().any(|token| token.name == name) {
            return Err(KeyFault::Exists);
        }
        if self.tokens.len() >= KEYS_MAX {
            return Err(KeyFault::TooMany);
        }
        let secret = format!("{TOKEN_PREFIX}{}", hex(&random()?));
        self.tokens.push(Token { name: name.to_owned(), scope, hash: hex(&digest(&secret)) });
        Ok(secret)
    }

    /// Removes a token: it opens nothing any more.
    ///
    /// # Errors
    /// [`KeyFault::Unknown`].
    pub(crate) fn remove_token(&mut self, name: &str) -> Result<(), KeyFault> {
        let before = self.tokens.len();
        self.tokens.retain(|token| token.name != name);
        if self.tokens.len() == before { Err(KeyFault::Unknown) } else { Ok(()) }
    }

    /// The token that somebody shows. Every token is compared, and in a time that says nothing.
    pub(crate) fn token(&self, secret: &str) -> Option<&Token> {
        let shown = hex(&digest(secret));
        let mut found = None;
        for token in &self.tokens {
            if bool::from(token.hash.as_bytes().ct_eq(shown.as_bytes())) {
                found = Some(token);
            }
        }
        found
    }

    /// The account whose name and password somebody shows. It takes as long when there is no such account.
    pub(crate) fn account(&self, name: &str, password: &str) -> Option<&Account> {
        let known = self.accounts.iter().find(|account| account.name == name);
        let hash = known.map_or(NOBODY, |account| account.hash.as_str());
        let is_right = PasswordHash::new(hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        known.filter(|_| is_right)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({})", self.name)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}, {})", self.name, self.scope.as_str())
    }
}

fn check_name(name: &str) -> Result<(), KeyFault> {
    let is_good = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len());
    if fits && name.bytes().all(is_good) { Ok(()) } else { Err(KeyFault::NotAName) }
}

fn hash_password(password: &str) -> Result<String, KeyFault> {
    let fault = |_| KeyFault::File(io::Error::other("the password cannot be hashed"));
    let salt = SaltString::encode_b64(&random()?[..16]).map_err(fault)?;
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt).map_err(fault)?.to_string())
}

/// 256 bits that nobody can guess.
///
/// # Errors
/// When the system has no randomness.
pub(super) fn random() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    for (half, seed) in bytes.chunks_exact_mut(16).zip([seed_from_system()?, seed_from_system()?]) {
        half.copy_from_slice(seed.0.map(u64::to_le_bytes).as_flattened());
    }
    Ok(bytes)
}

/// What is kept of a secret that is random.
pub(super) fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Bytes as text.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The file in the data folder.
const FILE: &str = "console.json";
/// What a token begins with, so that one that was published by mistake is recognised.
const TOKEN_PREFIX: &str = "ringback_";
/// The hash of a password that nobody has: for names that do not exist.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$cmluZ2JhY2stbm9ib2R5$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// Most accounts, and most tokens.
const KEYS_MAX: usize = 100;
/// The longest name.
const NAME_BYTES_MAX: usize = 64;
/// The shortest password.
const PASSWORD_CHARS_MIN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn folder(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("ringback-keys-{name}-{}", std::process::id()))
    }

    #[test]
    fn passwords_open_and_are_not_kept() {
        let folder = folder("password");
        Keys::change(&folder, |keys| keys.set_password("admin", "correct horse", true)).unwrap();
        let text = fs::read_to_string(folder.join(FILE)).unwrap();
        assert!(text.contains("$argon2id$") && !text.contains("correct horse"));
        assert_eq!(fs::metadata(folder.join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        let keys = Keys::read(&folder).unwrap();
        assert!(keys.account("admin", "correct horse").is_some());
        assert!(keys.account("admin", "correct horsf").is_none());
        assert!(keys.account("nobody", "correct horse").is_none());
        assert!(!format!("{keys:?}").contains("argon2"));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn names_that_do_not_exist_cost_a_hash_too() {
        assert!(PasswordHash::new(NOBODY).is_ok_and(|hash| hash.hash.is_some()));
    }

    #[test]
    fn tokens_open_what_they_are_for_until_they_are_removed() {
        let mut keys = Keys::default();
        let secret = keys.add_token("nagios", Scope::Read).unwrap();
        assert!(secret.starts_with(TOKEN_PREFIX) && secret.len() == TOKEN_PREFIX.len() + 64);
        assert_eq!(keys.token(&secret).map(|token| token.scope), Some(Scope::Read));
        assert!(keys.token(&secret[1..]).is_none() && keys.token("").is_none());
        assert!(!serde_json::to_string(&keys).unwrap().contains(&secret));
        assert!(matches!(keys.add_token("nagios", Scope::Admin), Err(KeyFault::Exists)));
        keys.remove_token("nagios").unwrap();
        assert!(keys.token(&secret).is_none());
        assert!(Scope::Admin > Scope::Operate && Scope::Operate > Scope::Read);
    }

    #[test]
    fn bad_names_and_short_passwords_are_refused() {
        let mut keys = Keys::default();
        for name in ["", "a b", "ä", "a\n", &"x".repeat(65)] {
            assert!(matches!(keys.add_token(name, Scope::Read), Err(KeyFault::NotAName)), "{name:?}");
        }
        assert!(matches!(keys.set_password("a", "short", true), Err(KeyFault::TooShort(10))));
        assert!(matches!(keys.set_password("a", "long enough", false), Err(KeyFault::Unknown)));
    }
}
