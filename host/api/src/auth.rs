//! The bearer token (RFC 6750), compared in constant time.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use segue_model::Digest;
use segue_model::problem::Kind;

use crate::failure::Failure;
use crate::state::ApiState;

/// The shortest token that is taken: 128 bits in base 64.
const TOKEN_CHARS_MIN: usize = 22;
/// The longest: far above any generated token, far below what a header may hold.
const TOKEN_CHARS_MAX: usize = 512;

/// The secret that callers must send. Only its digest is kept.
#[derive(Clone)]
pub struct Token(Digest);

/// A text that cannot be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Too short to be secret, or too long to be sent.
    #[error("a token has {TOKEN_CHARS_MIN} to {TOKEN_CHARS_MAX} characters, this one has {0}")]
    Length(usize),
    /// Something that RFC 6750 does not let a token contain.
    #[error("a token consists of letters, digits and `-._~+/=`")]
    Character,
}

impl Token {
    /// Takes a token that fits into an `Authorization` header and is long enough.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        if !(TOKEN_CHARS_MIN..=TOKEN_CHARS_MAX).contains(&text.len()) {
            return Err(TokenError::Length(text.len()));
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
        if !text.bytes().all(allowed) {
            return Err(TokenError::Character);
        }
        Ok(Token(Digest::of(text.as_bytes())))
    }

    /// Whether `candidate` is the token. Both are hashed and the digests are compared without
    /// branching, so that the time says nothing about where they differ.
    fn is(&self, candidate: &str) -> bool {
        let candidate = Digest::of(candidate.as_bytes());
        let pairs = self.0.as_bytes().iter().zip(candidate.as_bytes());
        let difference = pairs.fold(0, |all, (a, b)| all | (a ^ b));
        std::hint::black_box(difference) == 0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Lets a request pass that carries the token.
pub(crate) async fn require_token(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Response {
    match check(&state.token, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

fn check(token: &Token, headers: &HeaderMap) -> Result<(), Failure> {
    let refuse = |detail: &str| Err(Failure::new(Kind::Unauthorized, detail));
    let Some(value) = headers.get(AUTHORIZATION) else {
        return refuse(
            "send `Authorization: Bearer <token>`; the host keeps its token in the file `token` of its data directory",
        );
    };
    let Some((scheme, candidate)) = value.to_str().ok().and_then(|v| v.split_once(' ')) else {
        return refuse("the header Authorization is not of the form `Bearer <token>`");
    };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return refuse("only the scheme Bearer is taken: `Authorization: Bearer <token>`");
    }
    if token.is(candidate.trim()) {
        Ok(())
    } else {
        refuse(
            "the token is not this host's: it stands in the file `token` of the host's data directory",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "0123456789abcdefghijkl";

    fn allowed(value: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        check(&Token::new(GOOD).unwrap(), &headers).is_ok()
    }

    #[test]
    fn only_the_token_itself_passes() {
        assert!(allowed(&format!("Bearer {GOOD}")));
        assert!(allowed(&format!("bearer {GOOD}")));
        for wrong in [
            "Bearer",
            "Bearer ",
            "Basic 0123456789abcdefghijkl",
            "Bearer 0123456789abcdefghijkm",
            GOOD,
        ] {
            assert!(!allowed(wrong), "{wrong}");
        }
        assert!(check(&Token::new(GOOD).unwrap(), &HeaderMap::new()).is_err());
    }

    #[test]
    fn weak_and_unsendable_tokens_are_refused() {
        assert!(matches!(Token::new("secret"), Err(TokenError::Length(6))));
        let spaced = "0123456789 abcdefghijkl";
        assert!(matches!(Token::new(spaced), Err(TokenError::Character)));
    }

    #[test]
    fn a_token_never_shows_in_debug_output() {
        assert_eq!(format!("{:?}", Token::new(GOOD).unwrap()), "Token(..)");
    }
}
