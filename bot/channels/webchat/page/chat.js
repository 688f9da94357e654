"use strict";
// The web chat's page. It keeps nothing: no storage, no history; the session's cookie is not readable here.
(() => {
  const $ = (id) => document.getElementById(id);
  const texts = JSON.parse($("texts").textContent);
  const EXIT = $("leave").href;
  const MARK = `${$("leave").dataset.mark}=1`;
  const LONGEST = 4000; // of one message; a longer one is sent in pieces
  const PATIENCE = 20000; // ms for an answer of the server, and for a reply
  const DEAF = 40000; // ms after which a stream that says nothing is opened anew; the server speaks every 15 s
  const PAUSES = [2, 3, 5, 10, 15]; // seconds between tries; the last one repeats
  const LONGEST_PAUSE = 60;
  const TOGETHER = 3000; // ms between two replies that are read as one

  let began = false; // whether anything was written
  let gone = false; // whether the page is being left
  let chat = ""; // what the server calls this conversation
  let last = 0; // replies shown
  let secret = random(32);
  let events = null;
  let heard = 0;
  let lost = null; // timer: the stream broke, and is not open again
  let picked = null; // a language that was picked and not yet answered in
  let sending = false;
  let cleared = null; // a promise: the browser holds no cookie of a chat that is over
  const outgoing = [];
  const trouble = { sending: "", watching: "" };

  function random(bytes) {
    return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // --- Words ---

  const language = () => $("language").value;
  const say = (key) => (texts[language()] || {})[key] || "";

  function pickLanguage() {
    for (const code of navigator.languages || []) {
      const short = code.split("-")[0];
      if (texts[short]) { $("language").value = short; return; }
    }
  }

  function label() {
    document.documentElement.lang = language();
    document.documentElement.dir = $("language").selectedOptions[0].dir;
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
    for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
    for (const element of document.querySelectorAll("[data-title]")) element.title = say(element.dataset.title);
    $("text").placeholder = say("webchat_placeholder");
    tell();
    if (!began) welcome();
  }

  function welcome() {
    $("messages").replaceChildren();
    show({ from: "line", language: language(), text: say("webchat_welcome"), buttons: [[
      { title: say("webchat_human"), payload: "/talk_to_human" }, { title: say("webchat_menu"), payload: "/capabilities" }]] });
  }

  function tell() {
    const text = say(trouble.sending || trouble.watching);
    if ($("state").textContent !== text) $("state").textContent = text;
  }

  // --- Showing: **bold**, lists that begin with "- ", paragraphs and links; nothing else is markup. What a person
  // of the team wrote (`literal`) stands as it is, but for links ---

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  function inline(parent, text, literal) {
    for (const part of text.split(/(\*\*.+?\*\*|https?:\/\/[^\s<>]*[^\s<>.,;:!?)])/)) {
      if (!literal && part.startsWith("**") && part.endsWith("**") && part.length > 4) {
        parent.append(element("b", { textContent: part.slice(2, -2) }));
      } else if (/^https?:\/\//.test(part)) {
        parent.append(element("a", { textContent: part, href: part, rel: "noreferrer noopener", target: "_blank" }));
      } else {
        parent.append(part);
      }
    }
  }

  function render(article, text, literal) {
    for (const block of text.split(/\n{2,}/)) {
      let into = null;
      for (const line of block.split("\n")) {
        const name = !literal && line.startsWith("- ") ? "UL" : "P";
        const same = into && into.tagName === name;
        if (!same) { into = element(name, { dir: "auto" }); article.append(into); }
        if (name === "UL") {
          const item = element("li", { dir: "auto" });
          inline(item, line.slice(2), literal);
          into.append(item);
        } else {
          if (same) into.append(element("br"));
          inline(into, line, literal);
        }
      }
    }
  }

  function show(message) {
    const mine = message.from === "contact";
    const article = element("article", { className: mine ? "contact" : "line" },
      element("span", { className: "unseen", textContent: `${say(mine ? "webchat_you" : "webchat_answer")}: ` }));
    if (message.language) article.lang = message.language;
    if (mine) article.append(element("p", { dir: "auto", textContent: message.text }));
    else render(article, message.text, message.literal);
    $("messages").append(article);
    const buttons = (message.buttons || []).flat();
    if (buttons.length) $("messages").append(element("div", { className: "buttons" }, ...buttons.map(button)));
    return article;
  }

  function button({ title, payload }) {
    const made = element("button", { type: "button", dir: "auto", textContent: title });
    made.addEventListener("click", () => {
      for (const other of made.parentElement.children) other.disabled = true; // until the reply: no double presses
      made.classList.add("pressed");
      put("button", payload, title);
      $("view").focus({ preventScroll: true }); // a disabled button loses the focus
    });
    return made;
  }

  function free() {
    for (const made of document.querySelectorAll(".buttons :disabled")) made.disabled = false;
  }

  // A reply is read from its beginning: the first one after what was written stays in sight.
  let anchor = null;
  let anchored = 0;
  let steered = false; // the reader scrolls by hand: the page does not move by itself

  function place() {
    if (gone) return;
    const view = $("view");
    if (!steered) {
      const own = anchor && anchor.previousElementSibling; // what it answers, if that is short
      const first = own && own.className === "contact" && own.offsetHeight < view.clientHeight / 4 ? own : anchor;
      view.scrollTop = first ? first.offsetTop - view.offsetTop - 12 : view.scrollHeight;
    }
    lookDown();
  }

  function lookDown() {
    const view = $("view");
    $("newest").hidden = view.scrollHeight - view.scrollTop - view.clientHeight < 60;
  }

  // By hand, to the end.
  function toNewest() {
    anchor = null;
    steered = false;
    place();
  }

  let slow = null;

  function work(on) {
    clearTimeout(slow);
    $("working").hidden = !on;
    if (on) {
      $("progress").textContent = say("webchat_working");
      slow = setTimeout(() => { $("progress").textContent = say("webchat_slow"); free(); }, PATIENCE);
      if (!anchor) place();
    }
  }

  // --- Receiving ---

  function receive(message) {
    if (gone) return;
    if (message.chat !== chat) { chat = message.chat; last = 0; }
    if (message.number <= last) return;
    last = message.number;
    if (!outgoing.length) work(false);
    free();
    const article = show(message);
    if (!anchor || Date.now() - anchored > TOGETHER) anchor = article;
    anchored = Date.now();
    place();
    follow(message.language);
  }

  // The page speaks the language that the conversation has come to.
  function follow(code) {
    if (picked && code !== picked) return;
    picked = null;
    if (texts[code] && code !== language()) { $("language").value = code; label(); }
  }

  function watch() {
    if (gone || events) return;
    heard = Date.now();
    events = new EventSource(`/chat/events?after=${chat}.${last}`);
    events.onopen = hear;
    events.onmessage = (event) => { hear(); receive(JSON.parse(event.data)); };
    events.addEventListener("alive", hear);
    events.addEventListener("gone", erased);
    events.onerror = () => {
      if (gone) return;
      if (!lost) lost = setTimeout(() => { trouble.watching = "webchat_reconnecting"; tell(); }, 4000);
      if (events.readyState === EventSource.CLOSED) {
        events = null;
        setTimeout(catchUp, 3000);
      }
    };
  }

  function hear() {
    heard = Date.now();
    clearTimeout(lost);
    lost = null;
    trouble.watching = "";
    tell();
  }

  function rewatch() {
    if (!events) return;
    events.close();
    events = null;
    watch();
  }

  // The stream was refused: the conversation may be gone.
  async function catchUp() {
    if (gone || events) return;
    try {
      const answer = await fetch("/chat/messages", { credentials: "same-origin" });
      if (answer.ok && !(await answer.json()).chat && began && !outgoing.length) { erased(); return; }
    } catch { /* offline */ }
    watch();
  }

  // Erased, by the contact's wish or by age: it goes from the screen too.
  function erased() {
    if (gone) return;
    if (events) events.close();
    clearTimeout(lost);
    Object.assign(trouble, { sending: "", watching: "" });
    [events, lost, chat, last, anchor, secret, picked] = [null, null, "", 0, null, random(32), null];
    $("messages").replaceChildren();
    work(outgoing.length > 0);
    show({ from: "line", language: language(), text: say("webchat_erased") });
    place();
    tell();
    if (!outgoing.length) cleared = clearPhone();
  }

  // --- Sending: one at a time and in order; what could not be sent is tried again with the same id ---

  function put(kind, text, shown) {
    began = true;
    const article = shown ? show({ from: "contact", text: shown }) : null;
    if (article) article.classList.add("waiting");
    anchor = null;
    steered = false;
    place();
    outgoing.push({ article, shown: kind === "text" ? shown : "", body: { id: random(16), kind, text, language: language() } });
    flush();
  }

  function post(path, body) {
    const impatient = new AbortController();
    setTimeout(() => { if (!gone) impatient.abort(); }, PATIENCE);
    return fetch(path, { method: "POST", credentials: "same-origin", keepalive: true, signal: impatient.signal,
      headers: { "Content-Type": "application/json" }, body: JSON.stringify({ key: secret, ...body }) });
  }

  async function flush() {
    if (sending) return;
    sending = true;
    await cleared;
    for (let failures = 0; outgoing.length && !gone;) {
      const seconds = await sendFirst(failures);
      failures = seconds ? failures + 1 : 0;
      if (seconds) await pause(seconds);
    }
    sending = false;
  }

  // How many seconds to wait before it is tried again; 0 when it is done with.
  async function sendFirst(failures) {
    const { article, shown, body } = outgoing[0];
    const usual = PAUSES[Math.min(failures, PAUSES.length - 1)];
    let answer;
    try {
      answer = await post("/chat/messages", body);
    } catch {
      return wait("webchat_offline", usual);
    }
    if (gone) return 0;
    if (answer.status === 429) return wait("webchat_busy", Math.min(Number(answer.headers.get("Retry-After")) || usual, LONGEST_PAUSE));
    if (answer.status >= 500 || answer.status === 408) return wait("webchat_offline", usual);
    outgoing.shift();
    trouble.sending = "";
    if (article) article.classList.remove("waiting");
    if (answer.ok) {
      work(true);
      watch();
    } else {
      trouble.sending = "webchat_refused";
      if (article) article.classList.add("refused");
      if (shown && !$("text").value) { $("text").value = shown; grow(); }
      free();
    }
    tell();
    return 0;
  }

  function wait(reason, seconds) {
    if (gone) return 0;
    trouble.sending = reason;
    tell();
    return seconds;
  }

  let wake = () => {};
  function pause(seconds) {
    return new Promise((done) => { wake = done; setTimeout(done, seconds * 1000); });
  }

  function pieces(text) {
    const found = [];
    while (text.length > LONGEST) {
      const head = text.slice(0, LONGEST);
      const at = Math.max(head.lastIndexOf("\n"), head.lastIndexOf(" "));
      let cut = at > LONGEST / 2 ? at : LONGEST;
      if (/[\ud800-\udbff]/.test(text[cut - 1])) cut -= 1; // not inside a character
      found.push(text.slice(0, cut).trim());
      text = text.slice(cut).trim();
    }
    return [...found, text].filter(Boolean);
  }

  // --- Leaving ---

  function leave() {
    if (gone) return;
    gone = true;
    document.body.replaceChildren();
    document.title = "";
    document.cookie = `${MARK}; path=/; SameSite=Strict${location.protocol === "https:" ? "; Secure" : ""}`;
    if (events) events.close();
    for (const { body } of outgoing) post("/chat/messages", body).catch(() => {}); // what was sent may be a call for help
    post("/chat/leave", {}).catch(() => {});
    location.replace(EXIT);
  }

  // Tells the server to close whatever the cookie opens, and the browser to forget the cookie.
  async function clearPhone() {
    try { return (await fetch("/chat/leave", { method: "POST", credentials: "same-origin" })).ok; } catch { return false; }
  }

  // Left without a connection: nothing is shown or sent before that chat is closed.
  async function clearLeft() {
    while (!gone && document.cookie.split("; ").includes(MARK) && !(await clearPhone())) await pause(5);
  }

  // --- The page ---

  function grow() {
    const field = $("text");
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  }

  async function load() {
    await cleared;
    for (;;) {
      try {
        const answer = await fetch("/chat/messages", { credentials: "same-origin" });
        if (answer.ok) { restore(await answer.json()); return; }
      } catch { /* offline */ }
      await new Promise((done) => setTimeout(done, 5000));
    }
  }

  function restore(found) {
    if (gone || began || !found.messages.length) return;
    began = true;
    chat = found.chat;
    let spoken = "";
    $("messages").replaceChildren();
    for (const message of found.messages) {
      const article = show(message);
      if (message.from === "contact") anchor = null;
      else { last = message.number; anchor = anchor || article; spoken = message.language; }
    }
    place();
    follow(spoken);
    watch();
  }

  $("compose").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("text").value.trim();
    if (!text) return;
    $("text").value = "";
    grow();
    for (const piece of pieces(text)) put("text", piece, piece);
  });
  $("text").addEventListener("input", grow);
  $("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $("compose").requestSubmit();
    }
  });
  $("language").addEventListener("change", () => {
    label();
    if (began) { picked = language(); put("command", `language ${picked}`, ""); }
  });
  $("leave").addEventListener("click", (event) => { event.preventDefault(); leave(); });
  $("newest").addEventListener("click", toNewest);
  $("view").addEventListener("scroll", lookDown, { passive: true });
  for (const kind of ["wheel", "touchmove", "keydown"]) $("view").addEventListener(kind, () => { steered = true; }, { passive: true });
  let escapes = 0;
  document.addEventListener("keydown", (event) => {
    escapes = event.key === "Escape" ? escapes + 1 : 0;
    if (escapes === 3) leave();
  });
  new ResizeObserver(place).observe($("view")); // a keyboard, a notice, a longer text
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  const back = () => { if (document.visibilityState === "visible") { wake(); if (Date.now() - heard > PATIENCE) rewatch(); } };
  addEventListener("online", back);
  document.addEventListener("visibilitychange", back);
  setInterval(() => { if (Date.now() - heard > DEAF) rewatch(); }, 5000);

  cleared = clearLeft();
  pickLanguage();
  label();
  $("compose").hidden = false; // without the script it would lead nowhere
  load();
})();
