//! The frames of lz4, with the end of each held against what is there.
//!
//! The decoder takes the end of its input between two blocks for the end of the text. Here it is one only behind the mark that
//! ends a frame, so that a file that was cut is told.

use lz4_flex::frame::FrameDecoder;
use std::io::{self, Read};

/// Decodes any number of frames ([the format](https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md)).
pub(super) struct Frames<R: Read> {
    decoder: FrameDecoder<Watched<R>>,
    done: bool,
}

impl<R: Read> Frames<R> {
    pub(super) fn new(reader: R) -> Frames<R> {
        Frames { decoder: FrameDecoder::new(Watched { reader, peeked: None, ended: false }), done: false }
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.done {
            return Ok(0);
        }
        loop {
            let count = self.decoder.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            // An empty block, the end of a frame, or nothing left where one of them should be.
            let input = self.decoder.get_mut();
            if input.ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if input.is_at_end()? {
                self.done = true;
                return Ok(0);
            }
        }
    }
}

/// A reader that remembers whether bytes were asked for that it did not have.
struct Watched<R> {
    reader: R,
    peeked: Option<u8>,
    ended: bool,
}

impl<R: Read> Watched<R> {
    fn is_at_end(&mut self) -> io::Result<bool> {
        let mut byte = [0];
        while self.peeked.is_none() {
            match self.reader.read(&mut byte) {
                Ok(0) => return Ok(true),
                Ok(_) => self.peeked = Some(byte[0]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match (buffer.first_mut(), self.peeked.take()) {
            (Some(first), Some(byte)) => {
                *first = byte;
                Ok(1)
            }
            (None, peeked) => {
                self.peeked = peeked;
                Ok(0)
            }
            (Some(_), None) => {
                let count = self.reader.read(buffer)?;
                self.ended |= count == 0;
                Ok(count)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
    use std::io::Write;

    fn packed(text: &[u8], info: FrameInfo) -> Vec<u8> {
        let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn infos() -> impl Iterator<Item = FrameInfo> {
        [BlockMode::Independent, BlockMode::Linked].into_iter().flat_map(|mode| {
            [false, true].map(|checks| {
                FrameInfo::new()
                    .block_mode(mode)
                    .block_size(BlockSize::Max64KB)
                    .block_checksums(checks)
                    .content_checksum(checks)
            })
        })
    }

    fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let (mut text, mut frames) = (Vec::new(), Frames::new(bytes));
        frames.read_to_end(&mut text)?;
        assert_eq!(frames.read(&mut [0; 9])?, 0);
        Ok(text)
    }

    #[test]
    fn frames_follow_one_another() {
        let text: Vec<u8> = (0..200_000_u32).map(|at| (at % 251) as u8).collect();
        for info in infos() {
            let (one, empty) = (packed(&text, info.clone()), packed(b"", info));
            assert_eq!(unpacked(&one).unwrap(), text);
            assert_eq!(unpacked(&[&*one, &*empty, &*one].concat()).unwrap(), text.repeat(2));
        }
    }

    #[test]
    fn what_was_cut_is_told_wherever_it_was() {
        let text: Vec<u8> = (0..3_000_u32).map(|at| (at * at % 251) as u8).collect();
        for info in infos() {
            let whole = packed(&text, info);
            for end in 0..whole.len() {
                let error = unpacked(&whole[..end]).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{end} of {}", whole.len());
            }
            let two = [&*whole, &*whole].concat();
            assert!((whole.len() + 1..two.len()).all(|end| unpacked(&two[..end]).is_err()));
        }
    }
}
