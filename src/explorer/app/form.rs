//! Asking for the parameters of a query: what was given before stands in the form, and is kept for the next time.

use std::collections::BTreeMap;

use super::{App, Pending};
use crate::credit::accounts::Known;
use crate::engine::Access;
use crate::explorer::effect::Effect;
use crate::explorer::message::Notice;
use crate::explorer::overlays::{Overlay, parameters};
use crate::explorer::panes::choices::{self, Choices};
use crate::query::{self, ParameterKind, Query};

impl App {
    /// The name of the saved query that this is, also where the editor runs its text.
    fn saved_name(&self, query: &Query) -> Option<String> {
        self.queries.saved(&query.name).or_else(|| self.queries.titled(&query.title)).map(|saved| saved.name)
    }

    /// By what its values are kept in mind: those of a text of one's own until the end.
    fn form_name(&self, query: &Query) -> String {
        self.saved_name(query).unwrap_or_else(|| format!("/{}", query.title))
    }

    /// Asks for the parameters of what is run now and after it, once for all, else runs.
    pub(super) fn ask_and_run(&mut self, pending: Pending) -> Vec<Effect> {
        let used = |name: &str| {
            self.queue.rest.iter().chain([&pending]).any(|one| one.uses(name, self.source.dialect))
        };
        let mut parameters = pending.query.parameters.clone();
        parameters.retain(|parameter| used(&parameter.name));
        if parameters.is_empty() {
            self.pending = Some(pending);
            return self.run_pending(Access::ReadOnly);
        }
        let given = self.given.get(&self.form_name(&pending.query));
        let mut form = parameters::Form::new(pending.title.clone(), parameters, given);
        let mut effects = Vec::new();
        let of_the_lake = [
            (ParameterKind::Account, &self.accounts, &[query::ACCOUNTS][..], Effect::Accounts),
            (ParameterKind::Currency, &self.currencies, &query::CURRENCIES[..], Effect::Currencies),
        ];
        for (kind, known, tables, ask) in of_the_lake {
            if !form.wants(&kind) {
                continue;
            }
            if let Some(known) = known {
                form.offer(&kind, known);
            } else if tables.iter().any(|table| self.targets.has_local_table(table)) {
                form.waits += 1;
                effects.push(ask);
            }
        }
        self.pending = Some(pending);
        self.overlay = Some(Overlay::Parameters(form));
        effects
    }

    /// Runs what waits for its parameters, and keeps what was given for the next time that it is asked. A default is not
    /// kept: one that counts from the newest date moves on with the lake.
    pub(super) fn run_with(&mut self, values: BTreeMap<String, String>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(mut pending) = self.pending.take() {
            let query = &pending.query;
            let default =
                |name: &String| query.parameters.iter().find(|one| one.name == *name)?.default.clone();
            let mut given = values.clone();
            given.retain(|name, text| default(name).unwrap_or_default() != text.trim());
            if let Some(query) = self.saved_name(query) {
                effects.push(Effect::KeepValues { query, values: given.clone() });
            }
            self.given.insert(self.form_name(query), given);
            self.queue.rest.iter_mut().for_each(|next| next.values.clone_from(&values));
            pending.values = values;
            self.pending = Some(pending);
        }
        effects.extend(self.run_pending(Access::ReadOnly));
        effects
    }

    /// Takes in the lake's accounts, which an open form then offers.
    pub(super) fn take_accounts(&mut self, accounts: Vec<Known>) -> Vec<Effect> {
        let accounts = Choices::new(accounts);
        if let Some(Overlay::Parameters(form)) = &mut self.overlay {
            form.take(&ParameterKind::Account, &accounts);
        } else if let Some(Overlay::Accounts(picker)) = &mut self.overlay {
            picker.offer_accounts(&accounts);
        } else if let Some(Pending { query, values, .. }) = &self.pending
            && let Some(account) = query.accounts(values).find(|account| accounts.lack(account))
        {
            // It ran before the accounts were known.
            self.notice = Some(Notice { text: choices::unknown(account), bad: true });
        }
        self.accounts = Some(accounts);
        self.prepared().into_iter().collect()
    }

    /// Takes in the lake's customers, who can be judged as accounts can.
    pub(super) fn take_customers(&mut self, customers: Vec<Known>) -> Vec<Effect> {
        let customers = Choices::new(customers);
        if let Some(Overlay::Accounts(picker)) = &mut self.overlay {
            picker.offer_customers(&customers);
        }
        self.customers = Some(customers);
        Vec::new()
    }

    /// Takes in the lake's currencies, which an open form then offers.
    pub(super) fn take_currencies(&mut self, currencies: Vec<Known>) -> Vec<Effect> {
        let currencies = Choices::new(currencies);
        if let Some(Overlay::Parameters(form)) = &mut self.overlay {
            form.take(&ParameterKind::Currency, &currencies);
        }
        self.currencies = Some(currencies);
        Vec::new()
    }
}
