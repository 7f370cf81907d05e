/* A new alert on any page: said in the bar, counted in the window's title, and heard where somebody wants that. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const $ = (id) => document.getElementById(id);
  const SHOWN_MS = 20000;
  const QUIET_MS = 30000; // after a sound: a burst of alerts is heard once
  const KNOWN = "sb-alert-known", SOUND = "sb-sound";
  let leaves = 0, audio = null, heard = -Infinity;

  const kept = function (store, name) { try { return window[store].getItem(name); } catch (refused) { return null; } };
  const keep = function (store, name, value) { try { window[store].setItem(name, value); } catch (refused) { /* then for this page only */ } };
  let known = kept("sessionStorage", KNOWN) === null ? null : Number(kept("sessionStorage", KNOWN));

  /** The first answer of a window tells what was there before; from then on what is newer is news. */
  sb.appliers.news = function (news) {
    const before = known;
    known = news.last;
    keep("sessionStorage", KNOWN, String(known));
    if (before === null || news.last <= before) return;
    const fresh = news.items.filter((item) => item.id > before);
    if (!fresh.length) return;
    tell(fresh, fresh.length < news.most ? "" : " at least");
    if (!sb.sound || performance.now() - heard < QUIET_MS) return;
    heard = performance.now();
    beep();
  };

  function tell(fresh, atLeast) {
    const more = fresh.length > 1 ? " · " + (fresh.length - 1) + " more" + atLeast : "";
    sb.set("toast-link", { href: fresh[0].href, title: fresh[0].pair + ": " + fresh[0].what });
    $("toast").classList.add("sb-on");
    window.setTimeout(() => { $("toast-words").textContent = fresh[0].pair + ": " + fresh[0].what + more; }, 50); // read out once it is there
    sb.flash($("toast"));
    stay();
  }

  function stay() {
    window.clearTimeout(leaves);
    leaves = window.setTimeout(() => ($("toast").matches(":hover, :focus-within") ? stay() : dismiss()), SHOWN_MS);
  }

  function dismiss() {
    window.clearTimeout(leaves);
    const inside = $("toast").contains(document.activeElement);
    $("toast").classList.remove("sb-on");
    $("toast-words").textContent = "";
    if (inside) $("alerts-link").focus();
  }

  /* Sound: off until somebody wants it; two short tones, made here. */
  sb.sound = kept("localStorage", SOUND) === "on";
  /** Browsers let a page sound once somebody has touched it; until then it stays silent. */
  function wake() {
    if (!sb.sound || (navigator.userActivation && !navigator.userActivation.hasBeenActive)) return;
    audio = audio || new window.AudioContext();
    if (audio.state === "suspended") audio.resume();
  }

  function beep() {
    wake();
    if (!audio) return;
    [[660, 0], [880, 0.16]].forEach(function (tone) {
      const from = audio.currentTime + tone[1], voice = audio.createOscillator(), volume = audio.createGain();
      voice.frequency.value = tone[0];
      volume.gain.setValueAtTime(0.0001, from);
      volume.gain.exponentialRampToValueAtTime(0.12, from + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.14);
      voice.connect(volume).connect(audio.destination);
      voice.start(from);
      voice.stop(from + 0.15);
    });
  }

  function showSound() {
    const words = sb.sound ? "Sound on" : "Sound off";
    if (!$("sound") || ($("sound").getAttribute("aria-pressed") === String(sb.sound) && $("sound").textContent === words)) return;
    sb.set("sound", { children: words, "aria-pressed": String(sb.sound) });
  }

  function countInTitle() {
    const waiting = $("alerts-count") ? Number($("alerts-count").textContent) : 0;
    const plain = document.title.replace(/^\(\d+\) /, "");
    const title = waiting ? "(" + waiting + ") " + plain : plain;
    if (title !== document.title) document.title = title;
  }
  sb.eachSecond = function () { showSound(); countInTitle(); };

  document.addEventListener("click", function (event) {
    wake();
    const button = event.target.closest("button");
    if (event.target.closest("#toast-close, #toast-link")) dismiss();
    else if (button && button.id === "sound") {
      sb.sound = !sb.sound;
      keep("localStorage", SOUND, sb.sound ? "on" : "off");
      if (sb.sound) beep();
      showSound();
    }
  });
  document.addEventListener("keydown", function (event) {
    if (sb.sound) wake();
    if (event.key === "Escape" && $("toast").classList.contains("sb-on") && !document.querySelector("dialog[open]")) dismiss();
  });
})();
