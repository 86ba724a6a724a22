//! Behaviour through the public surface, one file per subject.
