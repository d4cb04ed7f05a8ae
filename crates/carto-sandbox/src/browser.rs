//! A person at a browser, without the browser.
//!
//! It opens links, follows redirects and fills in the login page as a person would. It runs no
//! script and goes nowhere but loopback.

use std::io;
use std::time::Duration;

use hyper::header::LOCATION;
use url::{Url, form_urlencoded};

use crate::http::{self, Response};
use crate::people::ADA;

/// A person at a browser.
///
/// The methods without `blocking` need a tokio runtime. They do their work on a thread that tokio
/// knows of, so that a paused clock does not run ahead meanwhile.
#[derive(Clone, Debug)]
pub struct Browser {
    person: String,
}

/// What the browser shows in the end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page {
    /// The status of the last answer.
    pub status: u16,
    /// Its headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    /// The address bar.
    pub url: String,
    /// Every address on the way, the last one included.
    pub visited: Vec<String>,
}

impl Page {
    /// The first header of this name, in whatever case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |(own, _): &&(String, String)| own.eq_ignore_ascii_case(name);
        self.headers.iter().find(same).map(|(_, value)| value.as_str())
    }
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self { person: ADA.email.to_owned() }
    }

    /// The same browser with another person before it.
    #[must_use]
    pub fn as_person(mut self, email: &str) -> Self {
        email.clone_into(&mut self.person);
        self
    }

    /// Opens the link, chooses the person on the login page and signs in.
    ///
    /// # Errors
    ///
    /// If a page cannot be reached, leads away from loopback, or never comes to an end.
    pub async fn sign_in(&self, link: &str) -> io::Result<Page> {
        self.visit(link, Then::Press("sign-in")).await
    }

    /// Opens the link and cancels on the login page.
    ///
    /// # Errors
    ///
    /// As [`sign_in`](Self::sign_in).
    pub async fn refuse(&self, link: &str) -> io::Result<Page> {
        self.visit(link, Then::Press("cancel")).await
    }

    /// Opens the link and touches nothing.
    ///
    /// # Errors
    ///
    /// As [`sign_in`](Self::sign_in).
    pub async fn open(&self, link: &str) -> io::Result<Page> {
        self.visit(link, Then::Look).await
    }

    /// Signs in and reads the access code off the page that shows it.
    ///
    /// # Errors
    ///
    /// As [`sign_in`](Self::sign_in), and if the last page shows no code.
    pub async fn code_page(&self, link: &str) -> io::Result<String> {
        code_on(&self.sign_in(link).await?)
    }

    /// [`sign_in`](Self::sign_in) for code without async.
    ///
    /// # Errors
    ///
    /// As [`sign_in`](Self::sign_in).
    pub fn sign_in_blocking(&self, link: &str) -> io::Result<Page> {
        self.visit_blocking(link, Then::Press("sign-in"))
    }

    /// [`refuse`](Self::refuse) for code without async.
    ///
    /// # Errors
    ///
    /// As [`sign_in`](Self::sign_in).
    pub fn refuse_blocking(&self, link: &str) -> io::Result<Page> {
        self.visit_blocking(link, Then::Press("cancel"))
    }

    /// [`open`](Self::open) for code without async.
    ///
    /// # Errors
    ///
    /// As [`sign_in`](Self::sign_in).
    pub fn open_blocking(&self, link: &str) -> io::Result<Page> {
        self.visit_blocking(link, Then::Look)
    }

    /// [`code_page`](Self::code_page) for code without async.
    ///
    /// # Errors
    ///
    /// As [`code_page`](Self::code_page).
    pub fn code_page_blocking(&self, link: &str) -> io::Result<String> {
        code_on(&self.sign_in_blocking(link)?)
    }

    async fn visit(&self, link: &str, then: Then) -> io::Result<Page> {
        let (browser, link) = (self.clone(), link.to_owned());
        let visit = tokio::task::spawn_blocking(move || browser.visit_blocking(&link, then));
        visit.await.map_err(io::Error::other)?
    }

    fn visit_blocking(&self, link: &str, then: Then) -> io::Result<Page> {
        let link = Url::parse(link).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let visit = tokio::time::timeout(PATIENCE, self.browse(link, then)).await;
            visit
                .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "a page did not load within a minute"))?
        })
    }

    async fn browse(&self, link: Url, then: Then) -> io::Result<Page> {
        let mut visited = Vec::new();
        let (mut url, mut response) = follow(link, &mut visited).await?;
        if let Then::Press(button) = then
            && let Some(form) = Form::on(&String::from_utf8_lossy(&response.body))
        {
            let action = url.join(&form.action).map_err(io::Error::other)?;
            visited.push(action.to_string());
            response = http::post_form(&action, form.filled_in(&self.person, button)).await?;
            url = action;
            if let Some(next) = redirect(&url, &response)? {
                (url, response) = follow(next, &mut visited).await?;
            }
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = response.headers.iter();
        Ok(Page {
            status: response.status.as_u16(),
            headers: headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
            body: text(&response.body),
            url: url.to_string(),
            visited,
        })
    }
}

/// What the person does with the first page.
#[derive(Clone, Copy)]
enum Then {
    Press(&'static str),
    Look,
}

async fn follow(mut url: Url, visited: &mut Vec<String>) -> io::Result<(Url, Response)> {
    for _ in 0..REDIRECTS {
        visited.push(url.to_string());
        let response = http::get(&url).await?;
        match redirect(&url, &response)? {
            Some(next) => url = next,
            None => return Ok((url, response)),
        }
    }
    Err(io::Error::other(format!("{REDIRECTS} redirects and no page")))
}

fn redirect(url: &Url, response: &Response) -> io::Result<Option<Url>> {
    let location = response.headers.get(LOCATION).filter(|_| response.status.is_redirection());
    let Some(location) = location else { return Ok(None) };
    let location = location.to_str().map_err(io::Error::other)?;
    url.join(location).map(Some).map_err(io::Error::other)
}

fn code_on(page: &Page) -> io::Result<String> {
    let code = page.body.split_once("<code id=\"code\">").and_then(|(_, rest)| rest.split_once('<'));
    let missing =
        || io::Error::other(format!("no access code at {}", page.url.split('?').next().unwrap_or_default()));
    code.map(|(code, _)| unescape(code)).ok_or_else(missing)
}

/// The form of a page, as far as the login page needs it.
struct Form {
    action: String,
    hidden: Vec<(String, String)>,
}

impl Form {
    fn on(page: &str) -> Option<Self> {
        let form = page.split_once("<form ")?.1.split_once("</form>")?.0;
        let inputs =
            form.split("<input ").skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag);
        let hidden = inputs.filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"));
        let hidden = hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)));
        Some(Self { action: attribute(form.split_once('>')?.0, "action")?, hidden: hidden.collect() })
    }

    fn filled_in(&self, person: &str, decision: &str) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&self.hidden).append_pair("person", person).append_pair("decision", decision);
        form.finish()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| unescape(value))
}

fn unescape(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

const REDIRECTS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(60);
