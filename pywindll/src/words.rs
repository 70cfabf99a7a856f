//! Arguments as machine words, by the calling conventions of Windows.
//!
//! x86_64 has one convention. Each argument takes one word of 8 bytes; structures of 1, 2, 4 or 8
//! bytes are passed in it, others by the address of a copy. i686 has four of them, all with words of
//! 4 bytes: `double` and 64-bit integers take two, structures as many as they need. `thiscall` and
//! `fastcall` pass the first one or two arguments of 4 bytes at most in registers.
//! Sources: "x64 calling convention" and "Argument passing and naming conventions" of Microsoft's
//! C++ documentation.

use crate::error::Error;
use crate::protocol::ARGUMENT_WORDS;

/// How arguments are passed. Without a meaning on x86_64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Convention {
    /// C's own: the caller takes the arguments off the stack.
    #[default]
    Cdecl,
    /// That of the Windows API: the routine does.
    Stdcall,
    /// Methods of C++ classes: `this` in `ecx`.
    Thiscall,
    /// The first two in `ecx` and `edx`.
    Fastcall,
}

/// Arguments of one call, in the order of the stack.
#[derive(Clone, Debug)]
pub struct Words {
    words: [u64; ARGUMENT_WORDS as usize],
    count: usize,
    narrow: bool,
    registers: [u32; 2],
    registers_left: usize,
    registers_used: usize,
}

impl Words {
    /// No arguments yet, for an agent with pointers of `pointer_size` bytes.
    pub fn new(pointer_size: u32, convention: Convention) -> Self {
        let narrow = pointer_size == 4;
        let registers_left = match convention {
            Convention::Thiscall if narrow => 1,
            Convention::Fastcall if narrow => 2,
            _ => 0,
        };
        Self {
            words: [0; ARGUMENT_WORDS as usize],
            count: 0,
            narrow,
            registers: [0; 2],
            registers_left,
            registers_used: 0,
        }
    }

    /// How many words there are on the stack.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The words as they lie on the stack, in a whole number of 8 bytes.
    pub fn packed(&self) -> &[u64] {
        let used = if self.narrow { self.count.div_ceil(2) } else { self.count };
        &self.words[..used]
    }

    /// `ecx` and `edx`.
    pub fn registers(&self) -> [u32; 2] {
        self.registers
    }

    /// An integer of at most 4 bytes, a pointer, or a `float` by its bits.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyArguments`], as all that follow.
    pub fn word(&mut self, value: u64) -> Result<(), Error> {
        if self.registers_left > 0 {
            self.registers[self.registers_used] = value as u32;
            self.registers_used += 1;
            self.registers_left -= 1;
            return Ok(());
        }
        self.stack(value)
    }

    /// A `float`.
    ///
    /// # Errors
    ///
    /// See [`word`](Self::word).
    pub fn float(&mut self, value: f32) -> Result<(), Error> {
        self.stack(u64::from(value.to_bits()))
    }

    /// An integer of 8 bytes, or a `double` by its bits.
    ///
    /// # Errors
    ///
    /// See [`word`](Self::word).
    pub fn wide(&mut self, value: u64) -> Result<(), Error> {
        if self.narrow {
            self.stack(value & 0xffff_ffff)?;
            return self.stack(value >> 32);
        }
        self.stack(value)
    }

    /// A `double`.
    ///
    /// # Errors
    ///
    /// See [`word`](Self::word).
    pub fn double(&mut self, value: f64) -> Result<(), Error> {
        self.wide(value.to_bits())
    }

    /// A structure by its bytes. `None` when the convention wants the address of a copy instead.
    ///
    /// # Errors
    ///
    /// See [`word`](Self::word).
    pub fn structure(&mut self, bytes: &[u8]) -> Result<Option<()>, Error> {
        if !self.narrow && !fits_register(bytes.len()) {
            return Ok(None);
        }
        let size = if self.narrow { 4 } else { 8 };
        for chunk in bytes.chunks(size) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.stack(u64::from_le_bytes(word))?;
        }
        Ok(Some(()))
    }

    fn stack(&mut self, value: u64) -> Result<(), Error> {
        let most = ARGUMENT_WORDS;
        if self.count >= most as usize {
            return Err(Error::TooManyArguments { given: self.count + 1, most });
        }
        if self.narrow {
            let (place, shift) = (self.count / 2, 32 * (self.count % 2));
            self.words[place] |= (value & 0xffff_ffff) << shift;
        } else {
            self.words[self.count] = value;
        }
        self.count += 1;
        Ok(())
    }
}

/// Whether a structure of this size is returned in registers, and on x86_64 also passed in one.
pub fn fits_register(size: usize) -> bool {
    matches!(size, 1 | 2 | 4 | 8)
}

/// Reads words that the agent passed, one by one.
#[derive(Clone, Debug)]
pub struct WordReader<'a> {
    words: &'a [u64],
    narrow: bool,
    at: usize,
}

impl<'a> WordReader<'a> {
    /// From the first of `words`, as [`Words::packed`] has them.
    pub fn new(words: &'a [u64], pointer_size: u32) -> Self {
        Self { words, narrow: pointer_size == 4, at: 0 }
    }

    /// The next machine word; 0 behind the last.
    pub fn word(&mut self) -> u64 {
        let at = self.at;
        self.at += 1;
        if self.narrow {
            let pair = self.words.get(at / 2).copied().unwrap_or(0);
            return (pair >> (32 * (at % 2))) & 0xffff_ffff;
        }
        self.words.get(at).copied().unwrap_or(0)
    }

    /// The next 8 bytes.
    pub fn wide(&mut self) -> u64 {
        let low = self.word();
        if self.narrow { low | self.word() << 32 } else { low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_argument_takes_a_word_on_x86_64() {
        let mut words = Words::new(8, Convention::Stdcall);
        words.word(7).unwrap();
        words.float(1.5).unwrap();
        words.double(2.5).unwrap();
        assert_eq!(words.packed(), [7, u64::from(1.5f32.to_bits()), 2.5f64.to_bits()]);
    }

    #[test]
    fn wide_arguments_take_two_words_on_i686() {
        let mut words = Words::new(4, Convention::Stdcall);
        words.word(u64::MAX).unwrap();
        words.wide(0x1111_2222_3333_4444).unwrap();
        assert_eq!(words.count(), 3);
        assert_eq!(words.packed(), [0x3333_4444_ffff_ffff, 0x1111_2222]);
        let mut reader = WordReader::new(words.packed(), 4);
        assert_eq!(
            (reader.word(), reader.wide(), reader.word()),
            (0xffff_ffff, 0x1111_2222_3333_4444, 0)
        );
    }

    #[test]
    fn registers_take_the_first_small_arguments() {
        let mut words = Words::new(4, Convention::Fastcall);
        words.word(1).unwrap();
        words.double(1.0).unwrap();
        words.word(2).unwrap();
        words.word(3).unwrap();
        assert_eq!((words.registers(), words.count()), ([1, 2], 3));
        let mut words = Words::new(8, Convention::Thiscall);
        words.word(1).unwrap();
        assert_eq!(words.count(), 1, "x86_64 has one convention");
    }

    #[test]
    fn structures_go_in_words_or_by_address() {
        let mut words = Words::new(8, Convention::Cdecl);
        assert!(words.structure(&[1, 0, 2, 0, 3, 0, 4, 0]).unwrap().is_some());
        assert!(words.structure(&[1, 2, 3]).unwrap().is_none());
        assert_eq!(words.packed(), [0x0004_0003_0002_0001]);
        let mut words = Words::new(4, Convention::Cdecl);
        assert!(words.structure(&[1, 2, 3, 4, 5]).unwrap().is_some());
        assert_eq!((words.count(), words.packed()), (2, &[0x0000_0005_0403_0201][..]));
    }

    #[test]
    fn more_words_than_a_frame_holds_are_refused() {
        let mut words = Words::new(8, Convention::Cdecl);
        for number in 0..128 {
            words.word(number).unwrap();
        }
        assert_eq!(
            words.word(0).unwrap_err().to_string(),
            "the arguments take 129 machine words, of which 128 can be passed"
        );
    }
}
