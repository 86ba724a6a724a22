//! How large a workbook may get before it is taken for a trap.

/// Bounds on a workbook. They hold for what is really there; what the file claims is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkbookLimits {
    /// All parts that are read, unpacked: 4 GiB.
    pub max_expanded_bytes: u64,
    /// How many times larger a part may be unpacked than packed: 200.
    pub max_ratio: u64,
    /// The ratio of a part is not judged below this unpacked size: 64 MiB.
    pub ratio_judged_above_bytes: u64,
    /// The shared strings in memory, of which a workbook keeps all: 512 MiB.
    pub max_shared_strings_bytes: u64,
    /// Any other part that is kept in memory, as styles and the list of sheets: 64 MiB.
    pub max_part_bytes: u64,
    /// One cell with all its markup: 16 MiB.
    pub max_cell_bytes: usize,
    /// A file of a kind that is loaded whole (XLS, ODS): 64 MiB.
    pub max_loaded_file_bytes: u64,
    /// The text of all cells that are loaded whole: 1 GiB.
    pub max_loaded_bytes: u64,
    /// The cells that are loaded whole, with the empty ones between: 16 Mi.
    pub max_loaded_cells: u64,
}

impl Default for WorkbookLimits {
    fn default() -> Self {
        Self {
            max_expanded_bytes: 4 << 30,
            max_ratio: 200,
            ratio_judged_above_bytes: 64 << 20,
            max_shared_strings_bytes: 512 << 20,
            max_part_bytes: 64 << 20,
            max_cell_bytes: 16 << 20,
            max_loaded_file_bytes: 64 << 20,
            max_loaded_bytes: 1 << 30,
            max_loaded_cells: 16 << 20,
        }
    }
}
