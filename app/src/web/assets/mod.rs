//! What pages load: style, elements and icon, as part of the binary. `npm ci && npm run build` here writes `dist/` anew
//! from `source/`; cargo needs neither.

/// A file that pages load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asset {
    /// Its name under `/assets/`.
    pub(crate) name: &'static str,
    /// Its media type.
    pub(crate) media_type: &'static str,
    /// Its content.
    pub(crate) content: &'static str,
}

/// Every asset.
pub(crate) const ALL: [Asset; 3] = [
    Asset {
        name: "console.css",
        media_type: "text/css; charset=utf-8",
        content: include_str!("dist/console.css"),
    },
    Asset {
        name: "console.js",
        media_type: "text/javascript; charset=utf-8",
        content: include_str!("dist/console.js"),
    },
    Asset { name: "icon.svg", media_type: "image/svg+xml", content: include_str!("source/icon.svg") },
];

/// Stands behind the names in pages, and changes with the content: an asset may be kept for as long as anybody likes.
pub(crate) const VERSION: u64 = version();

const fn version() -> u64 {
    // FNV-1a.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut file = 0;
    while file < ALL.len() {
        let bytes = ALL[file].content.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
            at += 1;
        }
        file += 1;
    }
    hash
}
