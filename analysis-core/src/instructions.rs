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
    /// Those that run here, the fastest first. `Avx512` comes with AVX2 and FMA, `Avx2` with FMA.
    pub(crate) fn available() -> Vec<Self> {
        let mut sets = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if avx2 && is_x86_feature_detected!("avx512f") {
                sets.push(InstructionSet::Avx512);
            }
            if avx2 {
                sets.push(InstructionSet::Avx2);
            }
        }
        sets.push(InstructionSet::Portable);
        sets
    }

    /// The fastest that runs here.
    pub(crate) fn best() -> Self {
        InstructionSet::available().first().copied().unwrap_or(InstructionSet::Portable)
    }
}
