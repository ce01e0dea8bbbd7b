import { mount } from "svelte";
import App from "./App.svelte";
import { releases } from "./lib/releases";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/glyphs.css";
import "./styles/drop-mark.css";
import "./styles/compact.css";
import "./styles/print.css";

mount(App, { target: document.getElementById("app")! });

// Browsers have no service workers where a page came without TLS, and Vite's own server keeps nothing.
if (import.meta.env.PROD && "serviceWorker" in navigator) releases.watch(navigator.serviceWorker);
