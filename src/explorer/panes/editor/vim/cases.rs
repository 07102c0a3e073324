//! What keys do to a text, as vim does it.

#[cfg(test)]
mod tests {
    use super::super::*;

    /// The text with `|` at the cursor, after keys; a name as `<Esc>` is one key.
    fn after(text: &str, keys: &str) -> (String, Vim, Vec<Outcome>) {
        let at = text.find('|').unwrap();
        let mut editor = Editor::new(&text.replacen('|', "", 1));
        editor.text.set_cursor(at);
        let (mut vim, mut register, mut outcomes) = (Vim::default(), String::new(), Vec::new());
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let (event, length) = match rest {
                _ if rest.starts_with("<Esc>") => (KeyEvent::from(KeyCode::Esc), 5),
                _ if rest.starts_with("<Enter>") => (KeyEvent::from(KeyCode::Enter), 7),
                _ if rest.starts_with("<Backspace>") => (KeyEvent::from(KeyCode::Backspace), 11),
                _ if rest.starts_with("<Ctrl-") => {
                    let letter = rest[6..].chars().next().unwrap().to_ascii_lowercase();
                    (KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL), 8)
                }
                _ => (KeyEvent::from(KeyCode::Char(first)), first.len_utf8()),
            };
            rest = &rest[length..];
            press(event, &mut vim, &mut editor, &mut register, &mut outcomes);
        }
        let mut shown = editor.text();
        shown.insert(editor.text.cursor(), '|');
        (shown, vim, outcomes)
    }

    /// Presses a key, and those that it stands for, until one fails.
    fn press(
        event: KeyEvent,
        vim: &mut Vim,
        editor: &mut Editor,
        register: &mut String,
        seen: &mut Vec<Outcome>,
    ) {
        match vim.key(&event, editor, register) {
            Some(Outcome::Play(letter, times)) => {
                let keys = vim.begin_playing(letter);
                'all: for _ in 0..times {
                    for key in &keys {
                        press(*key, vim, editor, register, seen);
                        if vim.has_failed {
                            break 'all;
                        }
                    }
                }
                vim.end_playing();
            }
            Some(outcome) => seen.push(outcome),
            None => match event.code {
                KeyCode::Char('c') if event.modifiers == KeyModifiers::CONTROL => {}
                KeyCode::Char(letter) => editor.type_letter(letter),
                _ => panic!("{event:?}"),
            },
        }
    }

    /// A text with its cursor, keys, and what comes of them.
    const CASES: &[(&str, &str, &str)] = &[
        // Motions.
        ("|SELECT a, b", "w", "SELECT |a, b"),
        ("|SELECT a, b", "3w", "SELECT a, |b"),
        ("|COUNT a, b", "e", "COUN|T a, b"),
        ("|SELECT a, b", "2e", "SELECT |a, b"),
        ("SELECT a, |b", "bb", "SELECT |a, b"),
        ("  COUN|T a", "0", "|  COUNT a"),
        ("  COUN|T a", "^", "  |COUNT a"),
        ("|SELECT a\nb", "$", "SELECT |a\nb"),
        ("|a\nb\nc", "G", "a\nb\n|c"),
        ("a\nb\n|c", "gg", "|a\nb\nc"),
        ("|a\nb\nc", "2G", "a\n|b\nc"),
        ("abc|d\nx\nabcd", "jj", "abcd\nx\nabc|d"),
        ("abc|d\nx", "j", "abcd\n|x"),
        ("|ab", "lll", "a|b"),
        ("a\n|b", "h", "a\n|b"),
        ("|one\n\ntwo", "w", "one\n|\ntwo"),
        // Inserting.
        ("a|b", "ix<Esc>", "a|xb"),
        ("a|b", "ax<Esc>", "ab|x"),
        ("  a|b", "Ix<Esc>", "  |xab"),
        ("|ab", "Ax<Esc>", "ab|x"),
        ("  a|b\nc", "ox<Esc>", "  ab\n  |x\nc"),
        ("a\n  |b", "Ox<Esc>", "a\n  |x\n  b"),
        // Deleting and changing.
        ("a|bc", "x", "a|c"),
        ("|abc", "2x", "|c"),
        ("ab|c", "x", "a|b"),
        ("a\n|b\nc", "dd", "a\n|c"),
        ("a\n|b\nc\nd", "2dd", "a\n|d"),
        ("a\nb\n|c", "dd", "a\n|b"),
        ("|a", "dd", "|"),
        ("|a\nb\nc", "dj", "|c"),
        ("a\n|b", "dj", "a\n|b"),
        ("a\nb\n|c", "dgg", "|"),
        ("SELECT |a, b", "D", "SELECT| "),
        ("|SELECT a, b", "dw", "|a, b"),
        ("|SELECT a, b", "2dw", "|, b"),
        ("|SELECT a, b", "d2w", "|, b"),
        ("SELECT |a\nb", "dw", "SELECT| \nb"),
        ("|SELECT a", "de", "| a"),
        ("SELECT a|bc", "db", "SELECT |bc"),
        ("SELECT |abc", "d0", "|abc"),
        ("|SELECT a", "cwWITH<Esc>", "WIT|H a"),
        ("  a|b\nc", "ccx<Esc>", "  |x\nc"),
        ("SELECT |a, b", "C1<Esc>", "SELECT |1"),
        // Copying and putting.
        ("|a\nb", "yyp", "a\n|a\nb"),
        ("|a\nb", "yyjP", "a\n|a\nb"),
        ("|a b", "ywwP", "a a| b"),
        ("|ab", "xp", "b|a"),
        ("|a\nb\nc", "2yyGp", "a\nb\nc\n|a\nb"),
        ("|a\nb", "ddp", "b\n|a"),
        ("|ab", "yl3p", "aaa|ab"),
        // To a character of the line.
        ("|a, b, c", "f,", "a|, b, c"),
        ("|a, b, c", "2f,", "a, b|, c"),
        ("|a, b, c", "f,;", "a, b|, c"),
        ("|a, b, c", "t,", "|a, b, c"),
        ("|a, b, c", "t,;", "a, |b, c"),
        ("a, b, |c", "F,", "a, b|, c"),
        ("a, b, |c", "T,", "a, b,| c"),
        ("a, b, |c", "F,;,", "a, b|, c"),
        ("|a, b, c", "dt,", "|, b, c"),
        ("|a, b, c", "d2f,", "| c"),
        ("a, b, |c", "dF,", "a, b|c"),
        ("|a\nb,", "f,x", "|\nb,"),
        ("|ab, c", "vf,d", "| c"),
        // The other bracket; one in a text is none.
        ("|f(a, ')')", "%", "f(a, ')'|)"),
        ("f(a, ')'|)", "%", "f|(a, ')')"),
        ("f|(a[1]) b", "d%", "f| b"),
        ("|ab", "d%", "|ab"),
        // In place of characters.
        ("|abc", "rx", "|xbc"),
        ("|abc", "2rx", "x|xc"),
        ("|ab", "3rx", "|ab"),
        ("|a b", "lr<Enter>", "a\n|b"),
        ("|abc\nd", "vjrx", "|xxx\nx"),
        // Lines joined.
        ("|a,\n   b\nc", "J", "a,| b\nc"),
        ("|a\nb\nc", "3J", "a b| c"),
        ("|f(\n)", "J", "f(|)"),
        ("a|", "J", "|a"),
        ("|a\nb\nc", "VjJ", "a| b\nc"),
        // Texts taken whole.
        ("SELECT ab|c, d", "diw", "SELECT |, d"),
        ("SELECT ab|c FROM t", "daw", "SELECT |FROM t"),
        ("a, ab|c", "daw", "a|,"),
        ("SELECT ab|c, d", "ciwx<Esc>", "SELECT |x, d"),
        ("= 'a |b' x", "di'", "= '|' x"),
        ("= 'a |b' x", "da'", "= |x"),
        ("|= \"a\" x", "ci\"b<Esc>", "= \"|b\" x"),
        ("f(a, g(|b), c)", "di(", "f(a, g(|), c)"),
        ("f(a, g(b|), c)", "da(", "f(a, g|, c)"),
        ("f(a, |g(b), c)", "dib", "f(|)"),
        ("f(|)", "ci(x<Esc>", "f(|x)"),
        ("a[|1]", "di]", "a[|]"),
        ("{'k': |1}", "daB", "|"),
        ("f(')', |b)", "di(", "f(|)"),
        ("|a b", "di(x", "| b"),
        ("f(a|b)", "vi(d", "f(|)"),
        ("a|b c", "viwywP", "ab a|bc"),
        // Words between blanks, and paragraphs.
        ("|a.b, c d", "W", "a.b, |c d"),
        ("|a.b, c d", "2W", "a.b, c |d"),
        ("a.b, c.d|e", "B", "a.b, |c.de"),
        ("a.b, |c.de", "B", "|a.b, c.de"),
        ("|a.b, c", "E", "a.b|, c"),
        ("|a.b, c", "dW", "|c"),
        ("|a.b, c", "cWx<Esc>", "|x c"),
        ("a\n|b.c\nd", "dW", "a\n|\nd"),
        ("|a\nb\n\nc", "}", "a\nb\n|\nc"),
        ("a\n\nb\n|c", "{", "a\n|\nb\nc"),
        ("|a\nb", "}", "a\n|b"),
        ("a\n\nb\n|c\n\nd", "dip", "a\n\n|\nd"),
        ("a\n\nb\n|c\n\nd", "dap", "a\n\n|d"),
        ("a\n\n|b", "dap", "|a"),
        ("a\n|\n\nb", "dip", "a\n|b"),
        ("|a\nb\n\nc", "yipGp", "a\nb\n\nc\n|a\nb"),
        ("|a\nb\n\nc", "vipd", "|\nc"),
        // The statement.
        ("SELECT 1;\nSELECT |2;\nSELECT 3", "dis", "SELECT 1;\n|;\nSELECT 3"),
        ("SELECT 1;\nSELECT |2;\nSELECT 3", "das", "SELECT 1;\n|SELECT 3"),
        ("SELECT ';' |FROM t", "cisx<Esc>", "|x"),
        // One character, whole lines, letters small and great, lines to the right and left.
        ("a|bcd", "sx<Esc>", "a|xcd"),
        ("a|bcd", "2sx<Esc>", "a|xd"),
        ("abc|d", "X", "ab|d"),
        ("abc|d", "9X", "|d"),
        ("|ab", "X", "|ab"),
        ("  a|b\nc", "Sx<Esc>", "  |x\nc"),
        ("|aBc", "~", "A|Bc"),
        ("|aBc", "3~", "Ab|C"),
        ("|straße", "vee~", "|STRASSE"),
        ("|abc", "vlsx<Esc>", "|xc"),
        ("|a\nb\nc", "vjSx<Esc>", "|x\nc"),
        ("|a\nb", ">>", "    |a\nb"),
        ("|a\n\nb", ">G", "    |a\n\n    b"),
        ("      |a", "<<", "  |a"),
        ("\t|a", "<<", "|a"),
        ("|a", "<<", "|a"),
        ("|a\nb\nc", "Vj>", "    |a\n    b\nc"),
        ("|a\nb", ">>j.", "    a\n    |b"),
        // Capitals and small letters.
        ("|ab Cd e", "gUw", "|AB Cd e"),
        ("|ab Cd e", "gUiw", "|AB Cd e"),
        ("a|b Cd\ne", "gUU", "|AB CD\ne"),
        ("AB| Cd\ne", "guu", "|ab cd\ne"),
        ("a|B\ncD", "g~~", "|Ab\ncD"),
        ("|ab\ncd\nef", "gUj", "|AB\nCD\nef"),
        ("|ab cd ef", "2gUw", "|AB CD ef"),
        ("|ab cd ef", "gU2w", "|AB CD ef"),
        ("|aBc", "g~$", "|AbC"),
        ("|ab cd", "gUww.", "AB |CD"),
        ("|ab cd ef", "gUw2.", "|AB CD ef"),
        ("|ab\ncd", "gUUj.", "AB\n|CD"),
        ("|ab\ncd", "gUgU", "|AB\ncd"),
        ("|ab\ncd\nef", "2gUU", "|AB\nCD\nef"),
        ("|straße x", "gUw", "|STRASSE x"),
        ("|abc", "vlU", "|ABc"),
        ("|ABC", "vlu", "|abC"),
        ("|ab\ncd", "VjU", "|AB\nCD"),
        ("|aBc", "vl~", "|Abc"),
        ("|abc", "U", "|abc"),
        ("|ab cd", "gUwu", "|ab cd"),
        // What was selected last.
        ("|abcd", "vl<Esc>gvd", "|cd"),
        ("|a\nb\nc", "Vj<Esc>Ggvd", "|c"),
        ("|abcd", "vl<Esc>$gvd", "|cd"),
        ("|abcd", "gvx", "|bcd"),
        // Typing over.
        ("|abc", "Rx<Esc>", "|xbc"),
        ("a|bc\nd", "Rxyz<Esc>", "axy|z\nd"),
        ("|abcd", "Rxy<Backspace><Esc>", "|xbcd"),
        ("a|b", "Rxyz<Backspace><Backspace><Esc>", "a|x"),
        ("|abcd", "Rx<Esc>l.", "x|xcd"),
        ("|abcd", "Rxyz<Esc>u", "|abcd"),
        ("|日本", "Rab<Backspace><Esc>", "|a本"),
        // Inserting with a count.
        ("a|b", "3ix<Esc>", "axx|xb"),
        ("|a", "2A, b<Esc>", "a, b, |b"),
        ("|a", "2ox<Esc>", "a\n|x"),
        // Registers.
        ("|a b", "\"ayw\"bdw\"ap", "ba| "),
        ("|a b c", "\"adwdw\"aP", "a| c"),
        ("|a\nb", "\"ayyj\"Ayy\"ap", "a\nb\n|a\nb"),
        ("|a b", "yw\"_dwP", "a| b"),
        ("|a b c", "ywwdw\"0P", "a a| c"),
        ("|a b c", "\"a2dw\"aP", "a b| c"),
        ("|a b", "\"ywp", "a |b"),
        ("|ab cd", "\"aywwv$\"ap", "ab ab| "),
        // Keys recorded and pressed again.
        ("|a\nb\nc", "qaA,<Esc>jq@a", "a,\nb,\n|c"),
        ("|a\nb\nc\nd", "qaA,<Esc>jq2@a", "a,\nb,\nc,\n|d"),
        ("|a\nb\nc\nd", "qaA,<Esc>jq@a@@", "a,\nb,\nc,\n|d"),
        ("|a\nb\nc", "qaA,<Esc>jq50@a", "a,\nb,\nc|,"),
        ("|abcd", "qaxq@a@b", "|cd"),
        ("|abcd", "qax@aq@a", "|cd"),
        // The last change again.
        ("|a b c d", "dw.", "|c d"),
        ("|a b c d", "dw2.", "|d"),
        ("|a b c d e f", "2dw3.", "|f"),
        ("|a b c d e f", "d2w3..", "|"),
        ("|a\nb\nc\nd", "dd2.", "|d"),
        ("|a", "A,<Esc>3.", "a,,,|,"),
        ("|a b c", "cwx<Esc>w.", "x |x c"),
        ("|a, b, c", "f,r;;.", "a; b|; c"),
        ("|a\nb", "A,<Esc>j.", "a,\nb|,"),
        ("|a\nb\nc\nd", "ddj.", "b\n|d"),
        ("|'a' 'b'", "ci'x<Esc>f'lf'.", "'x' '|x'"),
        ("|a b c", "dwu.", "|b c"),
        ("|a b c d", "dwu..", "|c d"),
        ("|a b c", "cwx<Esc>w.w.", "x x |x"),
        ("|abcdef", "vld.", "|ef"),
        ("|a", ".", "|a"),
        // Undoing.
        ("|a b c", "dwdwu", "|b c"),
        ("|a b c", "dwdw2u", "|a b c"),
        ("|a b c", "dwdwuu<Ctrl-R>", "|b c"),
        // Selecting.
        ("|abcd", "vlld", "|d"),
        ("ab|cd", "vhd", "a|d"),
        ("|a\nb\nc", "Vjd", "|c"),
        ("|abcd", "vlcx<Esc>", "|xcd"),
        ("|abcd", "vly$p", "abcda|b"),
        ("|日本語", "x", "|本語"),
        ("|e\u{301}tat", "x", "|tat"),
        // Backward to ends of words, statements, columns, the first and last word of a line.
        ("one two| three", "ge", "one tw|o three"),
        ("one t|wo three", "ge", "on|e two three"),
        ("a.b, c|.d", "ge", "a.b, |c.d"),
        ("a.b, cc.|d", "gE", "a.b|, cc.d"),
        ("one two |part", "dge", "one tw|art"),
        ("SELECT 1; SELECT |2", "(", "SELECT 1; |SELECT 2"),
        ("|SELECT 1;\nSELECT 2", ")", "SELECT 1;\n|SELECT 2"),
        ("|abcd", "3|", "ab|cd"),
        ("|ab  \nc", "g_", "a|b  \nc"),
        ("|a\n  b\n c", "2+", "a\n  b\n |c"),
        ("a\n  b\n |c", "-", "a\n  |b\n c"),
        ("  a|b\nc", "d_", "|c"),
        ("|ab", " ", "a|b"),
        ("|a\nb", "<Ctrl-J>", "a\n|b"),
        ("a.b,|c.d e", "diW", "| e"),
        ("a b.|c d", "daW", "a |d"),
        // Marks go along with what stands there.
        ("|a\nb\nc", "jmaggOx<Esc>'a", "x\na\n|b\nc"),
        ("ab|cd", "mx0`x", "ab|cd"),
        ("|ab cd", "wmx0d`x", "|cd"),
        ("|a\nb\nc", "mxjd'x", "|c"),
        ("|a\nb\nc", "G``", "|a\nb\nc"),
        ("a\n b|b\nc", "gg''", "a\n |bb\nc"),
        ("|a\nb\nc", "jx`.", "a\n|\nc"),
        ("|ab cd", "wvl<Esc>0`<", "ab |cd"),
        ("|a\nb", "`q", "|a\nb"),
        ("|ab\nc", "Axy<Esc>Ggiz<Esc>", "abxy|z\nc"),
        // Numbers.
        ("limit |10", "<Ctrl-A>", "limit 1|1"),
        ("|limit 10", "5<Ctrl-X>", "limit |5"),
        ("|a 1", "<Ctrl-A>.", "a |3"),
        ("|none", "<Ctrl-A>", "|none"),
        ("|a 1\nb 2", "Vj<Ctrl-A>", "|a 2\nb 3"),
        // Joining without a blank, comments.
        ("|a\n b", "gJ", "a| b"),
        ("|a\nb", "gcc", "|-- a\nb"),
        ("|a\nb\nc", "gcj", "|-- a\n-- b\nc"),
        ("|a\nb", "gccgcc", "|a\nb"),
        ("|a\nb\nc", "Vjgc", "|-- a\n-- b\nc"),
        // The other end of what is selected, and inserting there.
        ("ab|cd", "vlohd", "|a"),
        ("a|bcd", "vlIx<Esc>", "a|xbcd"),
        ("a|bcd", "vlAx<Esc>", "abc|xd"),
        // What was inserted in one go is undone in one.
        ("|a", "Aone two three<Esc>u", "|a"),
        ("|a b", "cwone two<Esc>u", "|a b"),
        ("|a", "ione <Esc>atwo<Esc>u", "one |a"),
        ("|a", "ix y<Ctrl-C>u", "|a"),
        // Blocks.
        ("a|bcd\nabcd\nabcd", "<Ctrl-V>jld", "a|d\nad\nabcd"),
        ("|abc\nx\nabc", "<Ctrl-V>jj$d", "|\n\n"),
        ("a|bc\nx\nabc", "<Ctrl-V>jjd", "a|c\nx\nac"),
        ("|a,\nb,\nc,", "<Ctrl-V>jjI-- <Esc>", "|-- a,\n-- b,\n-- c,"),
        ("|ab\n\nab", "<Ctrl-V>jjI-- <Esc>", "|-- ab\n\n-- ab"),
        ("|ab\na\nabc", "<Ctrl-V>jj$A,<Esc>", "|ab,\na,\nabc,"),
        ("a|b\na\nab", "<Ctrl-V>jjAx<Esc>", "a|bx\na x\nabx"),
        ("|ab\nab", "<Ctrl-V>jcx<Esc>", "|xb\nxb"),
        ("a|bc\nabc", "<Ctrl-V>jCx<Esc>", "a|x\nax"),
        ("abc|d\nab\nabcd", "<Ctrl-V>jjCx<Esc>", "abc|x\nab\nabcx"),
        ("|ab\nab", "<Ctrl-V>jIx<Esc>u", "|ab\nab"),
        ("|ab\nab\nab\nab", "<Ctrl-V>jIx<Esc>jj.", "xab\nxab\n|xab\nxab"),
        ("a|bc\nabc", "<Ctrl-V>lj<Esc>gvrx", "a|xx\naxx"),
        ("a|bc\nabc", "<Ctrl-V>ljU", "a|BC\naBC"),
        ("a|bc\nabc", "<Ctrl-V>j~", "a|Bc\naBc"),
        ("|ab\ncd", "<Ctrl-V>jy$p", "ab|a\ncdc"),
        ("|ab\ncd", "<Ctrl-V>jd$p", "b|a\ndc"),
        ("|ab\ncd", "<Ctrl-V>jyjp", "ab\nc|ad\n c"),
        ("|ab\ncd", "<Ctrl-V>jy2P", "|aaab\ncccd"),
        ("|ab\ncd\nx", "<Ctrl-V>jlyGP", "ab\ncd\n|abx\ncd"),
        ("|ab cd\nef gh", "wviwyb<Ctrl-V>jp", "c|db cd\nf gh"),
        ("|abc\nabc", "<Ctrl-V>jlOld", "a|c\nac"),
        ("a|b\nab", "<Ctrl-V>jo<Esc>x", "|a\nab"),
        ("|日本\nabcd", "<Ctrl-V>jd", "|本\ncd"),
        ("|a1\na2", "<Ctrl-V>jl<Ctrl-A>", "|a2\na3"),
        ("|a\nb\nc", "<Ctrl-V>jJ", "a| b\nc"),
        ("|a\nb", "<Ctrl-V>jVd", "|"),
        // A register knows of its own text whether it is a block.
        ("|ab\ncd", "<Ctrl-V>jy<Ctrl-V>j\"_d$p", "b|a\ndc"),
        ("|ab\ncd", "<Ctrl-V>j\"ay<Ctrl-V>jl\"by$\"ap", "ab|a\ncdc"),
        ("|ab\ncd", "<Ctrl-V>jy\"0P", "|aab\nccd"),
        ("|ab\ncd", "<Ctrl-V>j\"ayyy\"aP", "|aab\nccd"),
        ("|ab\ncd\nef", "<Ctrl-V>j\"ayjj<Ctrl-V>\"Ayggl\"aP", "a|ab\nccd\neef"),
        ("|ab\ncd\nx y", "<Ctrl-V>jyGviwp", "ab\ncd\n|a y\nc"),
        // What is no command does nothing.
        ("|a", "dzx", "|"),
        ("|", "xdwddpyyu", "|"),
    ];

    #[test]
    fn keys_do_what_vim_does() {
        let mut wrong = Vec::new();
        for (text, keys, wanted) in CASES.iter().copied() {
            let (shown, vim, _) = after(text, keys);
            if (shown.as_str(), vim.mode) != (wanted, Mode::Normal) {
                wrong.push(format!("{keys} on {text:?}: {shown:?} {:?}, not {wanted:?}", vim.mode));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn escape_ends_what_was_begun_and_then_leaves() {
        let (_, vim, outcomes) = after("|a", "vd<Esc>");
        assert_eq!((vim.mode, outcomes.last()), (Mode::Normal, Some(&Outcome::Act(Action::GoResults))));
        for keys in ["2<Esc>", "d<Esc>", "v<Esc>", "V<Esc>", "i<Esc>"] {
            let (text, vim, outcomes) = after("|a", keys);
            assert_eq!((text.as_str(), vim.mode), ("|a", Mode::Normal), "{keys}");
            assert_eq!(outcomes.last(), Some(&Outcome::Moved), "{keys}");
        }
        assert_eq!(after("|a", "<Enter>").2, [Outcome::Act(Action::Run)]);
        assert_eq!(after("|a b", "yw").2.last(), Some(&Outcome::Copied("a ".into())));
        assert_eq!(after("|a b", "/").2, [Outcome::Seek(true)]);
        assert_eq!(after("|a b", "v?").2.last(), Some(&Outcome::Seek(false)));
        assert_eq!(after("|a b", "ZZ").2.last(), Some(&Outcome::Act(Action::Quit)));
        assert_eq!(after("|a b", "<Ctrl-W>w").2.last(), Some(&Outcome::Act(Action::NextPane)));
        assert_eq!(after("|a", "5000000000000000000000l").0, "|a", "a count has an end");
    }

    #[test]
    fn pages_and_lines_of_the_screen_are_gone_to() {
        let text = "line\n".repeat(100);
        let go = |keys: &[&str]| {
            let (mut editor, mut vim, mut register) = (Editor::new(&text), Vim::default(), String::new());
            let area = ratatui::layout::Rect::new(0, 0, 80, 20);
            editor.scroll(area);
            for key in keys {
                let event = match key.strip_prefix('^') {
                    Some(letter) => {
                        KeyEvent::new(KeyCode::Char(letter.chars().next().unwrap()), KeyModifiers::CONTROL)
                    }
                    None => KeyEvent::from(KeyCode::Char(key.chars().next().unwrap())),
                };
                assert!(vim.key(&event, &mut editor, &mut register).is_some(), "{key}");
                editor.scroll(area);
            }
            (editor.text.line(editor.text.cursor()) + 1, editor.top + 1)
        };
        assert_eq!(go(&["^d"]).0, 11);
        assert_eq!(go(&["^d", "^d", "^u"]).0, 11);
        assert_eq!(go(&["5", "^d"]).0, 6);
        assert_eq!(go(&["^f"]).0, 19);
        assert_eq!(go(&["^f", "^b"]).0, 1);
        assert_eq!(go(&["5", "0", "G", "z", "t"]), (50, 50));
        assert_eq!(go(&["5", "0", "G", "z", "z"]), (50, 40));
        assert_eq!(go(&["5", "0", "G", "z", "t", "z", "b"]), (50, 31));
        assert_eq!(go(&["5", "0", "G", "z", "t", "L"]).0, 69);
        assert_eq!(go(&["5", "0", "G", "z", "t", "M"]).0, 59);
        assert_eq!(go(&["5", "0", "G", "z", "t", "3", "H"]).0, 52);
    }

    #[test]
    fn a_word_is_searched_for_and_a_command_asked_for() {
        let last = |text: &str, keys: &str| after(text, keys).2.pop().unwrap();
        assert_eq!(last("a|b cd", "*"), Outcome::SearchWord("ab".into(), Step::Next));
        assert_eq!(last("ab| cd", "#"), Outcome::SearchWord("cd".into(), Step::Previous));
        assert_eq!(last("|, (", "*"), Outcome::Moved);
        assert_eq!(last("a|b cd", "#n"), Outcome::Search(Step::Previous), "it goes on the same way");
        assert_eq!(last("a|b cd", "#N"), Outcome::Search(Step::Next));
        assert_eq!(last("a|b cd", "?n"), Outcome::Search(Step::Previous));
        assert_eq!(last("|a", ":"), Outcome::Ex(false));
        assert_eq!(last("|a", "V:"), Outcome::Ex(true), "of the lines that are selected");
        assert_eq!(key_of(Action::Undo, Some("Ctrl-U".into())).as_deref(), Some("u"));
        assert_eq!(key_of(Action::CloseBuffer, Some("Ctrl-D".into())), None);
        assert_eq!(key_of(Action::NewBuffer, Some("Ctrl-T".into())).as_deref(), Some("Ctrl-T"));
    }

    /// A text with its cursor, what is typed after `:`, and what comes of it.
    const COMMANDS: &[(&str, &str, &str)] = &[
        ("a\n|b\nc", "3", "a\nb\n|c"),
        ("a\n|b\nc", "-", "|a\nb\nc"),
        ("a\n|b\nc\nd", ".,+1d", "a\n|d"),
        ("|a\nb\nc", "2,$d", "|a"),
        ("|a\nb\nc", "1m2", "b\n|a\nc"),
        ("a\nb\n|c", "m0", "|c\na\nb"),
        ("|a\nb\nc", "1,2m$", "c\na\n|b"),
        ("|a\nb\nc", "m0", "|a\nb\nc"),
        ("|a\nb", "t.", "a\n|a\nb"),
        ("|a\nb", "1,2t$", "a\nb\na\n|b"),
        ("|a\nb\nc", "1,2j", "a| b\nc"),
        ("|a\nb", "%>", "    |a\n    b"),
        ("a a\n|a a", "s/a/x/", "a a\n|x a"),
        ("a a\n|a a", "s/a/x/g", "a a\n|x x"),
        ("|a a\na a", "%s/a/x/", "|x a\nx a"),
        ("|a\na\na", "2,3s/a/x", "|a\nx\nx"),
        ("|f(a)", r"s/f(\(.\))/\1_g/", "|a_g"),
        ("|a\n\n-- b\nc", "g/^$/d", "|a\n-- b\nc"),
        ("|a\n-- b\nc", "v/--/d", "|-- b"),
        ("|a\nb\nb", "2,3g/b/d", "|a"),
        ("|last last", "s//x/", "|x last"),
        ("|b", "s/a/x/", "|b"),
        // No pattern goes on behind a line, unless it names the break.
        (DIRTY, r"%s/\s\+/ /g", "|SELECT 1 -- one \n\nFROM t\nWHERE a = 1"),
        (DIRTY, r"%s/\s\+$//", "|SELECT 1 -- one\n\nFROM t\nWHERE  a = 1"),
        (DIRTY, "%s/[^,]*/x/", "|x\nx\nx\nx"),
        (DIRTY, r"3s/^\s*/+/", "|SELECT 1 -- one   \n\n+FROM t\nWHERE  a = 1"),
        (DIRTY, r"%s/\n\nFROM/ FROM/", "|SELECT 1 -- one    FROM t\nWHERE  a = 1"),
        (DIRTY, r"3s/t\_s\+W/t W/", "|SELECT 1 -- one   \n\nFROM t WHERE  a = 1"),
        (DIRTY, r"%s/one\_.*a/&/", DIRTY),
        ("|a\nb\nc", r"1,2s/\n/, /", "|a, b, c"),
        ("|a\\nb\nc", r"s/a\\n/x/", "|xb\nc"),
        ("|a\nb\nc\nd", r"g/b\nc/d", "|a\nc\nd"),
        ("|a\n", "%s/$/;/", "|a;\n;"),
        ("|a\n\nb\n\n", "g/^$/d", "|a\nb"),
        ("|a\n", "v/a/d", "|a"),
        // Letters made capital or small.
        ("|ab cD ef", r"s/\w\+/\u&/g", "|Ab CD Ef"),
        ("|ab cD ef", r"s/\(\w\+\) \(\w\+\)/\U\1\E \L\2x/", "|AB cdx ef"),
        ("|ab cD ef", r"s/.*/\L\u&/", "|Ab cd ef"),
        ("|AB", r"s/.*/\l&\u\e$1 {\\U}/", "|aB$1 {\\U}"),
        ("|straße", r"s/\v(\w+)/$\U\1/", "|$STRASSE"),
        // A blank at the end is meant.
        ("|a,b,c", "s/,/, ", "|a, b,c"),
        ("|a b", "s/a ", "|b"),
        // Numbers have an end.
        ("a\n|b", "0-9223372036854775807-5", "|a\nb"),
        ("|a\nb", "99999999999999999999+9223372036854775807", "a\n|b"),
        ("a\n|b", ".-99999999999999999999", "|a\nb"),
        ("|a\nb\nc", "500", "a\nb\n|c"),
        ("|a\nb\nc", "0d", "|b\nc"),
    ];

    const DIRTY: &str = "|SELECT 1 -- one   \n\nFROM t\nWHERE  a = 1";

    #[test]
    fn lines_are_changed_by_commands() {
        let mut wrong = Vec::new();
        for (text, command, wanted) in COMMANDS.iter().copied() {
            let at = text.find('|').unwrap();
            let mut editor = Editor::new(&text.replacen('|', "", 1));
            editor.text.set_cursor(at);
            let (mut vim, mut register) = (Vim::default(), String::new());
            let last = super::super::super::Search::word("last");
            match ex::read(command).unwrap() {
                ex::Ex::Line(line) => vim.go_to(line, &mut editor).unwrap(),
                ex::Ex::Lines(lines, change) => {
                    vim.on_lines(lines, &change, &last, &mut editor, &mut register).unwrap();
                }
                other => panic!("{other:?}"),
            }
            let mut shown = editor.text();
            shown.insert(editor.text.cursor(), '|');
            if shown != wanted {
                wrong.push(format!(":{command} on {text:?}: {shown:?}, not {wanted:?}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        let (mut vim, mut editor) = (Vim::default(), Editor::new("a\nb"));
        for wrong in [
            "'xd",
            "1,2m1",
            "3d",
            "1,3d",
            "500y",
            "$+1j",
            "1,99999999999999999999s/a/b/",
            "-2d",
            "1m3",
            "t99",
            "0-9223372036854775807-5d",
        ] {
            let ex::Ex::Lines(lines, change) = ex::read(wrong).unwrap() else { panic!("{wrong}") };
            let done = vim.on_lines(
                lines,
                &change,
                &super::super::super::Search::default(),
                &mut editor,
                &mut String::new(),
            );
            assert!(done.is_err(), "{wrong}");
        }
        assert_eq!(editor.text(), "a\nb");
    }

    #[test]
    fn what_is_put_many_times_has_an_end() {
        for (text, keys) in [
            ("|0123456789", "yyP100000p"),
            ("|0123456789", "y$100000p"),
            ("|0123456789\n0123456789", "<Ctrl-V>j$y100000p"),
        ] {
            let text = text.replace("0123456789", &"0123456789".repeat(10));
            let length = after(&text, keys).0.len();
            assert!((1 << 19..3 << 19).contains(&length), "{keys}: {length}");
        }
    }

    #[test]
    fn no_key_stands_twice() {
        let mut seen = Vec::new();
        for (key, _) in keys() {
            assert!(!seen.contains(&key), "{key} twice");
            seen.push(key);
        }
    }
}
