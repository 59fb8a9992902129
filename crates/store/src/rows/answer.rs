//! The JSON form of a filed answer in its column.

use framewright_core::attempt::UpstreamJob;
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::work::Answer;
use serde::{Deserialize, Serialize};

use super::attempt::{spend_cells, spend_of};

/// The two answers that are facts; the others say nothing lasting and are never filed.
#[derive(Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "lowercase")]
pub(crate) enum AnswerCell {
    Accepted {
        job: String,
        certainty: String,
        cost_micros: Option<i64>,
        currency: Option<String>,
        deadline_ms: i64,
        expected_ms: Option<i64>,
    },
    Rejected {
        code: String,
        public: String,
        detail: String,
    },
}

impl AnswerCell {
    /// Nothing for an answer that is no fact.
    pub(crate) fn of(answer: &Answer) -> Option<Self> {
        match answer {
            Answer::Accepted {
                job,
                spend,
                deadline_ms,
                expected_ms,
            } => {
                let (certainty, cost_micros, currency) = spend_cells(spend);
                Some(Self::Accepted {
                    job: job.0.clone(),
                    certainty: certainty.to_owned(),
                    cost_micros,
                    currency: currency.map(str::to_owned),
                    deadline_ms: *deadline_ms,
                    expected_ms: *expected_ms,
                })
            }
            Answer::Rejected(failure) => Some(Self::Rejected {
                code: failure.code.word().to_owned(),
                public: failure.public.clone(),
                detail: failure.detail.clone(),
            }),
            Answer::NotTaken { .. } | Answer::Unknown { .. } => None,
        }
    }

    /// Nothing where a word in it is of no list.
    pub(crate) fn into_answer(self) -> Option<Answer> {
        match self {
            Self::Accepted {
                job,
                certainty,
                cost_micros,
                currency,
                deadline_ms,
                expected_ms,
            } => Some(Answer::Accepted {
                job: UpstreamJob(job),
                spend: spend_of(&certainty, cost_micros, currency)?,
                deadline_ms,
                expected_ms,
            }),
            Self::Rejected {
                code,
                public,
                detail,
            } => {
                let failure = Failure::new(FailureCode::from_word(&code)?, public);
                Some(Answer::Rejected(failure.with_detail(detail)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AnswerCell;
    use crate::rows::to_json;
    use framewright_core::attempt::{Spend, UpstreamJob};
    use framewright_core::failure::{Failure, FailureCode};
    use framewright_core::work::Answer;

    #[test]
    fn a_fact_survives_its_column_and_what_is_none_has_no_cell() {
        let facts = [
            Answer::Accepted {
                job: UpstreamJob("j-1".into()),
                spend: Spend::Known {
                    micros: 50_000,
                    currency: "USD".into(),
                },
                deadline_ms: 1,
                expected_ms: None,
            },
            Answer::Rejected(Failure::new(FailureCode::Content, "no").with_detail("why")),
        ];
        for fact in facts {
            let json = to_json(&AnswerCell::of(&fact).expect("a fact has a cell"));
            let cell: AnswerCell = serde_json::from_str(&json).expect("its own JSON");
            assert_eq!(cell.into_answer(), Some(fact));
        }
        let lost = Answer::Unknown {
            look_again: 1,
            detail: String::new(),
        };
        assert!(AnswerCell::of(&lost).is_none());
    }
}
