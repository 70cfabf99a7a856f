//! Why resources cannot be added to an executable.

/// Why resources cannot be added to an executable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InjectError {
    /// The bytes are no ELF file that can be run here.
    #[error("the runtime is no 64-bit little-endian ELF executable with a fixed address")]
    Format,
    /// Its tables contradict one another.
    #[error("the runtime is damaged: {0}")]
    Malformed(#[from] object::read::Error),
    /// There is no slot for resources.
    #[error("the executable has no slot for packed resources: it is no runtime")]
    NoSlot,
    /// Somebody has filled the slot.
    #[error("the executable has packed resources already")]
    Filled,
    /// The result cannot be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl InjectError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io(_) => None,
            Self::Format | Self::Malformed(_) | Self::NoSlot | Self::Filled => {
                Some("make the runtime anew".to_owned())
            }
        }
    }
}
