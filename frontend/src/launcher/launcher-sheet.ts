// The launcher's styles, as text for a constructed sheet. On a phone the open chat takes the whole screen and the
// button steps aside: the chat has its own way to close.

export default `
:host { all: initial; }
button {
  position: fixed; inset: auto 20px 20px auto; z-index: 2147483000;
  width: 56px; height: 56px; border: 0; border-radius: 50%; padding: 0; cursor: pointer;
  color: #fff; background: #0f6b62; box-shadow: 0 6px 20px rgb(0 0 0 / .24); transition: transform .15s;
}
button:hover { transform: translateY(-2px); }
button:focus-visible { outline: 3px solid #0f6b62; outline-offset: 3px; }
svg {
  width: 26px; vertical-align: middle;
  fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round;
}
button[aria-expanded=true] .talk, button[aria-expanded=false] .shut { display: none; }
b {
  position: absolute; inset: -4px -4px auto auto;
  min-width: 22px; border-radius: 11px; box-sizing: border-box; padding: 0 6px;
  font: 600 13px/22px system-ui, sans-serif; background: #c2321f;
}
b:empty { display: none; }
iframe {
  position: fixed; inset: auto 20px 88px auto; z-index: 2147483000;
  width: 390px; height: min(640px, calc(100vh - 108px)); border: 0; border-radius: 16px;
  box-shadow: 0 12px 48px rgb(0 0 0 / .28); color-scheme: normal;
}
iframe[hidden] { display: none; }
@media (max-width: 480px) {
  iframe { inset: 0; width: 100%; height: 100%; border-radius: 0; }
  button[aria-expanded=true] { display: none; }
}
@media (prefers-reduced-motion: reduce) { button { transition: none; } }
`;
