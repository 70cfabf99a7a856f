//! Makes the checksums of wild bytes right, so that the reader takes them seriously.
//!
//! Without this hardly any input gets past the header. The numbers are those of
//! `docs/packed_resources.rst`.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64_with_seed;

const HEADER: usize = 64;
const BUCKET: usize = 64;
const ENTRY: usize = 24;
const RECORD: usize = 40;

fn u32_at(blob: &[u8], offset: usize) -> usize {
    u32::from_le_bytes(std::array::from_fn(|i| blob[offset + i])) as usize
}

fn u64_at(blob: &[u8], offset: usize) -> usize {
    u64::from_le_bytes(std::array::from_fn(|i| blob[offset + i])) as usize
}

fn put<const N: usize>(blob: &mut [u8], offset: usize, bytes: [u8; N]) {
    blob[offset..offset + N].copy_from_slice(&bytes);
}

/// Gives wild bytes sections that follow one another, and names that lie inside.
pub fn lay_out(blob: &mut Vec<u8>) {
    blob.resize(blob.len().max(HEADER), 0);
    let bucket_count = 1 << (blob[12] % 3);
    let (entry_count, record_count) = (usize::from(blob[16] % 16), usize::from(blob[20] % 16));
    let strings_length = usize::from(blob[36]);
    let entries = HEADER + bucket_count * BUCKET;
    let records = entries + entry_count * ENTRY;
    let strings = records + record_count * RECORD;
    let data = (strings + strings_length).next_multiple_of(16);
    blob.resize(blob.len().max(data), 0);
    let fields = [
        (12, bucket_count),
        (16, entry_count),
        (20, record_count),
        (24, entries),
        (28, records),
        (32, strings),
        (36, strings_length),
    ];
    for (offset, value) in fields {
        put(blob, offset, (value as u32).to_le_bytes());
    }
    put(blob, 40, (data as u64).to_le_bytes());
    for row in (0..entry_count).map(|index| entries + index * ENTRY) {
        let start = u32_at(blob, row) % (strings_length + 1);
        let length = u32_at(blob, row + 4) % (strings_length - start + 1);
        put(blob, row, (start as u32).to_le_bytes());
        put(blob, row + 4, (length as u32).to_le_bytes());
    }
    let data_length = blob.len() - data;
    for row in (0..record_count).map(|index| records + index * RECORD) {
        let start = u64_at(blob, row) % (data_length + 1);
        let length = u64_at(blob, row + 8) % (data_length - start + 1);
        put(blob, row, (start as u64).to_le_bytes());
        put(blob, row + 8, (length as u64).to_le_bytes());
    }
}

/// Puts right magic, version, length and every check that can be.
pub fn fix_checks(blob: &mut Vec<u8>) {
    blob.resize(blob.len().max(HEADER), 0);
    put(blob, 0, *b"\x89PyRes\r\n");
    put(blob, 8, 2_u32.to_le_bytes());
    let length = blob.len() as u64;
    put(blob, 48, length.to_le_bytes());
    let check = xxh3_64_with_seed(&blob[..56], 0);
    put(blob, 56, check.to_le_bytes());

    let (strings, data) = (u32_at(blob, 32), u64_at(blob, 40));
    for (index, row) in rows(blob, HEADER, u32_at(blob, 12), BUCKET).enumerate() {
        let check = xxh3_64_with_seed(&blob[row + 4..row + BUCKET], index as u64);
        put(blob, row, (check as u32).to_le_bytes());
    }
    for (index, row) in rows(blob, u32_at(blob, 24), u32_at(blob, 16), ENTRY).enumerate() {
        let name = range(strings, u32_at(blob, row), u32_at(blob, row + 4));
        let fields = xxh3_64_with_seed(&blob[row..row + 16], index as u64);
        let Some(name) = name.and_then(|name| blob.get(name)) else { continue };
        let check = xxh3_64_with_seed(name, fields);
        put(blob, row + 16, check.to_le_bytes());
    }
    for (index, row) in rows(blob, u32_at(blob, 28), u32_at(blob, 20), RECORD).enumerate() {
        let stored = range(data, u64_at(blob, row), u64_at(blob, row + 8));
        let fields = xxh3_64_with_seed(&blob[row..row + 32], index as u64);
        let Some(stored) = stored.and_then(|stored| blob.get(stored)) else { continue };
        let check = xxh3_64_with_seed(stored, fields);
        put(blob, row + 32, check.to_le_bytes());
    }
}

fn range(section: usize, start: usize, length: usize) -> Option<Range<usize>> {
    let start = section.checked_add(start)?;
    Some(start..start.checked_add(length)?)
}

/// Offsets of those rows of a table that lie inside the blob.
fn rows(
    blob: &[u8],
    start: usize,
    count: usize,
    length: usize,
) -> impl Iterator<Item = usize> + use<> {
    let inside = blob.len().saturating_sub(start) / length;
    (0..count.min(inside)).map(move |index| start + index * length)
}
