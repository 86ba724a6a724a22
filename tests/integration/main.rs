//! Behaviour through the public surface, one file per subject.

// Sources: what a file's rows come out as, how files are damaged, and files that are none.
mod source;
mod source_damage;
mod source_files;
