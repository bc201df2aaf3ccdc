//! Whether the background of a terminal is dark or light.

use std::io::{self, IsTerminal};
use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

/// The variable in which some terminals tell their colours, and in which a user may.
const VARIABLE: &str = "COLORFGBG";

/// The time in which a terminal must answer.
const ANSWER_TIME: Duration = Duration::from_millis(200);

/// Returns the background of the terminal on standard output, as `COLORFGBG` or the terminal tells. If neither does, it is
/// dark, as that of most.
pub fn background() -> ThemeMode {
    let variable = std::env::var(VARIABLE).ok();
    let told = variable.and_then(|colors| background_of(&colors));
    told.or_else(asked).unwrap_or(ThemeMode::Dark)
}

/// Returns the background in a value of `COLORFGBG`, such as `15;0` or `0;default;15`. Of the 16 colours of a terminal, 7 and
/// those from 9 on are light, as Vim has it.
fn background_of(colors: &str) -> Option<ThemeMode> {
    match colors.rsplit(';').next()?.parse().ok()? {
        0..=6 | 8u8 => Some(ThemeMode::Dark),
        7 | 9..=15 => Some(ThemeMode::Light),
        _ => None,
    }
}

/// Asks the terminal, if the question cannot disturb.
fn asked() -> Option<ThemeMode> {
    let mut options = QueryOptions::default();
    options.timeout = ANSWER_TIME;
    may_ask().then(|| theme_mode(options).ok())?
}

/// Returns whether the terminal may be asked. Its answer comes as if it was typed, so nothing else may be waiting to be read,
/// and no other program may be reading, such as one whose output is the standard input of this one.
fn may_ask() -> bool {
    io::stdin().is_terminal() && is_idle().unwrap_or(false)
}

/// Returns whether nothing is waiting to be read from the terminal, and this program is not in the background, where setting up
/// the terminal would stop it.
#[cfg(unix)]
fn is_idle() -> io::Result<bool> {
    use rustix::io::ioctl_fionread;
    use rustix::process::getpgrp;
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcgetpgrp, tcsetattr};

    let terminal = io::stdin();
    // Another terminal than that of the session has no foreground.
    if tcgetpgrp(&terminal).is_ok_and(|foreground| foreground != getpgrp()) {
        return Ok(false);
    }
    if ioctl_fionread(&terminal)? > 0 {
        return Ok(false);
    }
    let before = tcgetattr(&terminal)?;
    let mut by_character = before.clone();
    // By line, a line that is not complete would not count.
    by_character.local_modes.remove(LocalModes::ICANON);
    tcsetattr(&terminal, OptionalActions::Now, &by_character)?;
    let waiting = ioctl_fionread(&terminal);
    tcsetattr(&terminal, OptionalActions::Now, &before)?;
    Ok(waiting? == 0)
}

#[cfg(not(unix))]
fn is_idle() -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_colour_of_the_variable_is_the_background() {
        let expected = [
            ("15;0", Some(ThemeMode::Dark)),
            ("0;15", Some(ThemeMode::Light)),
            ("0;default;7", Some(ThemeMode::Light)),
            ("12;8", Some(ThemeMode::Dark)),
            ("default;default", None),
            ("0;256", None),
            ("", None),
        ];
        for (colors, background) in expected {
            assert_eq!(background_of(colors), background, "{colors}");
        }
    }
}
