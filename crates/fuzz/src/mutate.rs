//! Changes inputs at random, for runs without libFuzzer: ours because what crates offer either
//! makes inputs anew (and so hardly any that a parser likes) or wants a nightly compiler.

use fastrand::Rng;

/// Longest input that is made.
const MOST: usize = 4096;

/// What inputs are made of.
pub struct Mutator {
    rng: Rng,
    words: Vec<Vec<u8>>,
    corpus: Vec<Vec<u8>>,
}

/// Bytes at which parsers stumble.
const ODD: &[u8] = b"|$<> \t\r\n\x0b\x0c\0\x01\x05\x1b\x7f\x80\xc3\xff\"'\\%&;:/?-+.,09azAZ[]{}()";

impl Mutator {
    /// Makes the same inputs for the same seed, words and corpus.
    pub fn new(seed: u64, words: &[&str], corpus: Vec<Vec<u8>>) -> Mutator {
        Mutator {
            rng: Rng::with_seed(seed),
            words: words.iter().map(|w| w.as_bytes().to_vec()).collect(),
            corpus,
        }
    }

    /// The next input.
    pub fn next_input(&mut self) -> Vec<u8> {
        let mut input = self.any();
        for _ in 0..=self.rng.u8(..6) {
            self.change(&mut input);
        }
        input.truncate(MOST.max(self.longest()));
        input
    }

    /// Keeps an input that was worth it.
    pub fn keep(&mut self, input: Vec<u8>) {
        self.corpus.push(input);
    }

    fn longest(&self) -> usize {
        self.corpus.iter().map(Vec::len).max().unwrap_or(0)
    }

    fn any(&mut self) -> Vec<u8> {
        match self.corpus.len() {
            0 => Vec::new(),
            n => self.corpus[self.rng.usize(..n)].clone(),
        }
    }

    fn place(&mut self, input: &[u8]) -> usize {
        self.rng.usize(..=input.len())
    }

    /// Two places in order.
    fn piece(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let (a, b) = (self.place(input), self.place(input));
        // Mostly short ones.
        let (from, to) = (a.min(b), a.max(b));
        let most = if self.rng.u8(..4) == 0 {
            input.len()
        } else {
            16
        };
        from..to.min(from + most)
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.place(input);
        match self.rng.u8(..11) {
            0 => {
                let piece = self.piece(input);
                input.drain(piece);
            }
            1 | 2 => {
                let odd = ODD[self.rng.usize(..ODD.len())];
                match input.get_mut(at) {
                    Some(byte) => *byte = odd,
                    None => input.push(odd),
                }
            }
            3 => {
                let byte = self.rng.u8(..);
                input.insert(at, byte);
            }
            4 => {
                let bit = 1 << self.rng.u8(..8);
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= bit;
                }
            }
            5 => {
                // The same again, once or many times.
                let piece = self.piece(input);
                let times = if self.rng.u8(..8) == 0 { 64 } else { 1 };
                let copy = input[piece.clone()].repeat(times);
                input.splice(piece.end..piece.end, copy);
            }
            6 | 7 if !self.words.is_empty() => {
                let word = self.words[self.rng.usize(..self.words.len())].clone();
                let end = if self.rng.bool() {
                    at
                } else {
                    self.piece(input).end.max(at)
                };
                input.splice(at..end, word);
            }
            8 => {
                let other = self.any();
                let theirs = self.piece(&other);
                input.splice(at..at, other[theirs].iter().copied());
            }
            9 => {
                let other = self.any();
                let from = self.place(&other);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ => self.number(input, at),
        }
    }

    /// Puts a number at its limits in the place of one.
    fn number(&mut self, input: &mut Vec<u8>, at: usize) {
        const NUMBERS: &[&str] = &[
            "0",
            "-1",
            "1",
            "255",
            "256",
            "65535",
            "65536",
            "2147483647",
            "2147483648",
            "-2147483649",
            "4294967296",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551616",
            "1e308",
            "1e999",
            "0.1",
            "NaN",
            "inf",
            "00",
            "+1",
            "٣",
        ];
        let digit = |b: &u8| b.is_ascii_digit();
        let start = input[at..].iter().position(digit).map_or(at, |n| at + n);
        let len = input[start..].iter().take_while(|b| digit(b)).count();
        let new = NUMBERS[self.rng.usize(..NUMBERS.len())];
        input.splice(start..start + len, new.bytes());
    }
}
