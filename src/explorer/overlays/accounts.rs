//! An account or a customer, typed by a part of number, code or name, or picked.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::panes::choices::Choices;
use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use super::line::Input;
use super::pointed::Listed;
use super::{Answer, boxed};
use crate::credit::accounts::{Found, Known, find};
use crate::credit::read::Whose;
use crate::value;

/// Lines of the box.
const LINES: u16 = 14;

/// Who is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Offer {
    whose: Whose,
    known: Known,
}

/// What was typed, and those who are meant by it.
#[derive(Debug, Default)]
pub struct Picker {
    title: &'static str,
    input: Input,
    accounts: Choices,
    customers: Choices,
    /// Whether the accounts have not come yet.
    pub waits: bool,
    /// Those who are offered for what was typed, accounts first.
    offered: Vec<Offer>,
    /// Nobody has what was typed; the nearest are offered.
    is_near: bool,
    at: usize,
    problem: Option<String>,
}

impl Picker {
    /// Asks for an account.
    #[must_use]
    pub fn new(title: &'static str, accounts: Option<&Choices>) -> Self {
        let mut picker = Self { title, waits: accounts.is_none(), ..Self::default() };
        if let Some(accounts) = accounts {
            picker.offer_accounts(accounts);
        }
        picker
    }

    /// Offers these accounts from now on.
    pub fn offer_accounts(&mut self, accounts: &Choices) {
        self.waits = false;
        self.accounts = accounts.clone();
        self.refine();
    }

    /// Offers these customers too.
    pub fn offer_customers(&mut self, customers: &Choices) {
        self.customers = customers.clone();
        let marked = self.offered.get(self.at).cloned();
        self.refine();
        // The mark stays on who had it.
        self.at = self.offered.iter().position(|offer| Some(offer) == marked.as_ref()).unwrap_or(0);
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.input.paste(text);
        self.refine();
    }

    fn refine(&mut self) {
        (self.at, self.problem) = (0, None);
        let typed = self.input.text().trim();
        let (account, accounts) = meant(typed, &self.accounts);
        let (customer, customers) = meant(typed, &self.customers);
        self.is_near = account.max(customer) == Meant::Near;
        let offer = |is_meant: bool, all: Vec<Known>, whose: fn(String) -> Whose| {
            let all = if is_meant { all } else { Vec::new() };
            all.into_iter()
                .map(|known| Offer { whose: whose(known.account.clone()), known })
                .collect::<Vec<_>>()
        };
        let accounts = offer(self.is_near || account > Meant::Near, accounts, Whose::Account);
        let customers = offer(self.is_near || customer > Meant::Near, customers, Whose::Customer);
        // A customer's whole code is never taken for a part of an account's number.
        let is_customer = customer == Meant::Exactly && account != Meant::Exactly;
        let (first, then) = if is_customer { (customers, accounts) } else { (accounts, customers) };
        self.offered = [first, then].concat();
    }

    pub(super) fn listed(&self) -> Listed {
        Listed { height: LINES, above: 2, below: 0, count: self.offered.len(), at: self.at, top: None }
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        match key.code {
            KeyCode::Enter => return self.taken(),
            KeyCode::Up => self.at = self.at.saturating_sub(1),
            KeyCode::Down => self.at = (self.at + 1).min(self.offered.len().saturating_sub(1)),
            KeyCode::PageUp => self.at = self.at.saturating_sub(10),
            KeyCode::PageDown => self.at = (self.at + 10).min(self.offered.len().saturating_sub(1)),
            _ => {
                self.input.key(key);
                self.refine();
            }
        }
        Answer::Stay
    }

    fn taken(&mut self) -> Answer {
        let typed = self.input.text().trim();
        match self.offered.get(self.at) {
            // An account that was mistyped is never taken for another one: the person moves to it, or types it.
            Some(_) if self.is_near && self.at == 0 && self.problem.is_none() => {
                self.problem = Some("Enter again takes the nearest, ↓ another one".to_owned());
                Answer::Stay
            }
            Some(offer) => Answer::Account(offer.whose.clone()),
            // Where the accounts are not known, the reader says whether there is such a one.
            None if !typed.is_empty() && self.accounts.count() == 0 => Answer::Account(typed.into()),
            None => Answer::Stay,
        }
    }

    /// Accounts, and customers where there are any.
    fn kinds(&self, joined: &str, [accounts, customers]: [&str; 2]) -> String {
        match self.customers.count() {
            0 => accounts.to_owned(),
            _ => format!("{accounts} {joined} {customers}"),
        }
    }

    /// What is said below the line.
    fn words(&self) -> String {
        let count = |count: usize| value::grouped(&count.to_string());
        match (self.waits, self.accounts.count()) {
            (true, _) => "reading the accounts …".to_owned(),
            (false, 0) => "the accounts are not known here: type a whole number".to_owned(),
            (false, _) if self.is_near => {
                let typed = value::visible(self.input.text().trim()).into_owned();
                let then = self.problem.as_deref().unwrap_or("the nearest are");
                format!("no {} has {}: {then}", self.kinds("or", ["account", "customer"]), cut(&typed, 20))
            }
            (false, all) => {
                let all = count(all + self.customers.count());
                let kinds = self.kinds("and", ["accounts", "customers"]);
                format!("{} of {all} {kinds}", count(self.offered.len()))
            }
        }
    }
}

/// How a text means those who were found for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Meant {
    Near,
    InPart,
    Exactly,
}

/// Those whom a text means among all, else the nearest; all of them where nothing is typed.
fn meant(typed: &str, all: &Choices) -> (Meant, Vec<Known>) {
    if typed.is_empty() {
        return (Meant::InPart, all.all().to_vec());
    }
    match find(typed, all.all()) {
        Found::Exact(known) => (Meant::Exactly, vec![known]),
        Found::Part(known) => (Meant::InPart, vec![known]),
        Found::Several(several) => (Meant::InPart, several),
        Found::None(nearest) => (Meant::Near, nearest),
    }
}

/// Draws what was typed and the accounts that fit it.
pub fn draw(frame: &mut Frame, picker: &Picker, theme: &Theme) {
    let inside = boxed(frame, picker.title, 66, LINES, theme);
    let place = Rect { height: inside.height.min(1), ..inside };
    picker.input.draw_marked(frame, place, theme);
    let words = picker.words();
    let style = if picker.is_near { theme.warning } else { theme.muted };
    let words = Line::styled(theme.glyphs.keys(&words), style);
    for place in inside.rows().skip(1).take(1) {
        frame.render_widget(&words, place);
    }
    let room = usize::from(inside.height.saturating_sub(2)).max(1);
    let top = (picker.at + 1).saturating_sub(room);
    let shown = picker.offered.iter().enumerate().skip(top).take(room);
    let called = |offer: &Offer| match &offer.whose {
        Whose::Account(account) => value::visible(account).into_owned(),
        whose => value::visible(&whose.to_string()).into_owned(),
    };
    let widest = shown.clone().map(|(_, offer)| called(offer).width()).max().unwrap_or(0);
    let widest = widest.min(usize::from(inside.width));
    for (place, (at, offer)) in inside.rows().skip(2).zip(shown) {
        let account = called(offer);
        let account = cut(&account, widest);
        let gap = " ".repeat(widest.saturating_sub(account.width()) + 2);
        let style = if at == picker.at { theme.cursor } else { theme.text };
        let name = value::visible(offer.known.name.as_deref().unwrap_or_default()).into_owned();
        let line =
            Line::from(vec![Span::styled(account, style), Span::raw(gap), Span::styled(name, theme.muted)]);
        frame.render_widget(line, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Picker {
        let known = ["1196428", "409000362497", "409000405747"].map(Known::from);
        let mut picker = Picker::new("Account", Some(&Choices::new(known.to_vec())));
        picker.paste(text);
        picker
    }

    #[test]
    fn a_part_is_enough_and_what_is_mistyped_is_taken_only_when_that_is_said() {
        let enter = KeyEvent::from(KeyCode::Enter);
        assert_eq!(typed("5747").key(&enter), Answer::Account("409000405747".into()));
        assert_eq!(typed("4090").words(), "2 of 3 accounts");
        let mut picker = typed("409000362479");
        assert_eq!(picker.key(&enter), Answer::Stay);
        assert!(picker.words().contains("no account has 409000362479"), "{}", picker.words());
        assert_eq!(picker.key(&enter), Answer::Account("409000362497".into()));
        let mut picker = typed("409000362479");
        picker.key(&KeyEvent::from(KeyCode::Down));
        assert_eq!(picker.key(&enter), Answer::Account("409000405747".into()));
    }

    #[test]
    fn a_customer_is_offered_behind_the_accounts_and_never_in_place_of_one() {
        let enter = KeyEvent::from(KeyCode::Enter);
        let customer = |code: &str, name: &str| Known { account: code.into(), name: Some(name.into()) };
        let with = |text: &str| {
            let mut picker = typed("");
            picker.offer_customers(&Choices::new(vec![customer("1196428", "Ann"), customer("C2", "Ben")]));
            picker.paste(text);
            picker
        };
        assert_eq!(with("").words(), "5 of 5 accounts and customers");
        assert_eq!(with("ben").key(&enter), Answer::Account(Whose::Customer("C2".into())));
        let mut same = with("1196428");
        assert_eq!(same.words(), "2 of 5 accounts and customers");
        assert_eq!(same.key(&enter), Answer::Account("1196428".into()));
        same.key(&KeyEvent::from(KeyCode::Down));
        assert_eq!(same.key(&enter), Answer::Account(Whose::Customer("1196428".into())));
        let mut code = typed("");
        code.offer_customers(&Choices::new(vec![customer("1", "Ann")]));
        code.paste("1");
        assert_eq!(
            code.key(&enter),
            Answer::Account(Whose::Customer("1".into())),
            "its code, and a part of a number"
        );
        let mut late = typed("");
        late.key(&KeyEvent::from(KeyCode::Down));
        late.offer_customers(&Choices::new(vec![customer("C2", "Ben")]));
        assert_eq!(late.key(&enter), Answer::Account("409000362497".into()));
        assert!(with("c7").words().contains("no account or customer has c7"), "{}", with("c7").words());
    }

    #[test]
    fn where_the_accounts_are_not_known_a_number_is_taken_as_it_is_typed() {
        let mut picker = Picker::new("Account", Some(&Choices::default()));
        assert_eq!(picker.key(&KeyEvent::from(KeyCode::Enter)), Answer::Stay);
        picker.paste(" 77 ");
        assert_eq!(picker.key(&KeyEvent::from(KeyCode::Enter)), Answer::Account("77".into()));
    }
}
