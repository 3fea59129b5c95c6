//! Which vector instructions the processor offers.

/// A set of vector instructions that some inner loops are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InstructionSet {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl InstructionSet {
    /// The fastest first.
    const ALL: &[Self] = &[
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512,
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2,
        InstructionSet::Portable,
    ];

    /// Those that run here, the fastest first. `Avx512` comes with AVX2 and FMA, `Avx2` with FMA.
    pub(crate) fn available() -> Vec<Self> {
        Self::ALL.iter().copied().filter(|set| set.runs()).collect()
    }

    /// The fastest that runs here.
    pub(crate) fn best() -> Self {
        Self::ALL.iter().copied().find(|set| set.runs()).unwrap_or(InstructionSet::Portable)
    }

    fn runs(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => is_x86_feature_detected!("avx512f") && InstructionSet::Avx2.runs(),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            InstructionSet::Portable => true,
        }
    }
}
