"use strict";
// The web chat's page. It keeps nothing: no storage, no history; the session cookie is not readable here.
(() => {
  const $ = (id) => document.getElementById(id);
  const texts = JSON.parse($("texts").textContent);
  const EXIT = "https://www.google.com/search?q=weather";
  let last = 0;
  let events = null;
  let began = false;
  const outgoing = [];
  let sending = false;

  const say = (key) => (texts[$("language").value] || texts.en)[key] || "";

  function pickLanguage() {
    for (const code of navigator.languages || []) {
      const short = code.split("-")[0];
      if (texts[short]) { $("language").value = short; return; }
    }
  }

  function label() {
    document.documentElement.lang = $("language").value;
    document.documentElement.dir = $("language").selectedOptions[0].dir;
    $("text").placeholder = say("webchat_placeholder");
    $("send").textContent = say("webchat_send");
    $("leave").textContent = say("webchat_leave");
    if (!began) {
      $("messages").replaceChildren();
      show({ from: "line", text: say("webchat_welcome"),
        buttons: [[{ title: say("webchat_human"), payload: "/talk_to_human" }]] });
    }
  }

  // **bold**, lists that begin with "- ", paragraphs and links: nothing else is markup.
  function inline(parent, text) {
    for (const part of text.split(/(\*\*.+?\*\*|https?:\/\/[^\s<>]+[^\s<>.,;:!?)])/)) {
      if (part.startsWith("**") && part.endsWith("**") && part.length > 4) {
        parent.append(Object.assign(document.createElement("b"), { textContent: part.slice(2, -2) }));
      } else if (/^https?:\/\//.test(part)) {
        parent.append(Object.assign(document.createElement("a"),
          { textContent: part, href: part, rel: "noreferrer noopener", target: "_blank" }));
      } else {
        parent.append(part);
      }
    }
  }

  function render(article, text) {
    for (const block of text.split(/\n{2,}/)) {
      let list = null;
      let paragraph = null;
      for (const line of block.split("\n")) {
        if (line.startsWith("- ")) {
          if (!list) { list = document.createElement("ul"); article.append(list); paragraph = null; }
          const item = document.createElement("li");
          inline(item, line.slice(2));
          list.append(item);
        } else {
          list = null;
          if (!paragraph) { paragraph = document.createElement("p"); article.append(paragraph); }
          else paragraph.append(document.createElement("br"));
          inline(paragraph, line);
        }
      }
    }
  }

  function show(message) {
    const article = document.createElement("article");
    article.className = message.from;
    article.dir = "auto";
    render(article, message.text);
    $("messages").append(article);
    const rows = (message.buttons || []).flat();
    if (rows.length) {
      const box = document.createElement("div");
      box.className = "buttons";
      for (const button of rows) {
        const element = Object.assign(document.createElement("button"), { type: "button", textContent: button.title });
        element.addEventListener("click", () => {
          for (const other of box.children) other.disabled = true;
          put("button", button.payload, button.title);
        });
        box.append(element);
      }
      $("messages").append(box);
    }
    $("messages").lastElementChild.scrollIntoView({ block: "end" });
    return article;
  }

  function receive(message) {
    if (message.number <= last) return;
    last = message.number;
    if (message.from === "line") show(message);
  }

  function watch() {
    if (events) return;
    events = new EventSource(`/chat/events?after=${last}`);
    events.onmessage = (event) => { state(""); receive(JSON.parse(event.data)); };
    events.onerror = () => {
      state(say("webchat_offline"));
      if (events.readyState === EventSource.CLOSED) { events = null; setTimeout(watch, 3000); }
    };
    events.onopen = () => state("");
  }

  function state(text) {
    $("state").textContent = text;
    $("state").hidden = !text;
  }

  function put(kind, text, shown) {
    began = true;
    const article = shown ? show({ from: "contact", text: shown }) : null;
    if (article) article.classList.add("waiting");
    outgoing.push({ article, body: { id: crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2) + Date.now(),
      kind, text, language: $("language").value } });
    flush();
  }

  // One at a time and in order; what could not be sent is kept and tried again with the same id.
  async function flush() {
    if (sending) return;
    sending = true;
    while (outgoing.length) {
      const { article, body } = outgoing[0];
      let pause = 3;
      try {
        const answer = await fetch("/chat/messages", { method: "POST", credentials: "same-origin",
          headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
        if (answer.ok) {
          if (article) article.classList.remove("waiting");
          outgoing.shift();
          state("");
          watch();
          continue;
        }
        if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
          outgoing.shift();
          state(say("webchat_refused"));
          continue;
        }
        pause = Number(answer.headers.get("Retry-After")) || pause;
      } catch { /* offline: the same message again */ }
      state(say("webchat_offline"));
      await new Promise((done) => setTimeout(done, pause * 1000));
    }
    sending = false;
  }

  function leave() {
    document.body.replaceChildren();
    document.title = "";
    if (events) events.close();
    fetch("/chat/leave", { method: "POST", keepalive: true, credentials: "same-origin" }).catch(() => {});
    location.replace(EXIT);
  }

  $("compose").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("text").value.trim();
    if (!text) return;
    $("text").value = "";
    put("text", text, text);
  });
  $("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $("compose").requestSubmit();
    }
  });
  $("language").addEventListener("change", () => {
    label();
    if (began) put("command", `language ${$("language").value}`, "");
  });
  $("leave").addEventListener("click", leave);
  let escapes = 0;
  document.addEventListener("keydown", (event) => {
    escapes = event.key === "Escape" ? escapes + 1 : 0;
    if (escapes === 3) leave();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  pickLanguage();
  label();
  fetch("/chat/messages", { credentials: "same-origin" }).then((answer) => answer.json()).then(({ messages }) => {
    if (!messages.length) return;
    began = true;
    $("messages").replaceChildren();
    for (const message of messages) { last = message.number; show(message); }
    watch();
  }).catch(() => {});
})();
