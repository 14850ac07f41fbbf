// telegram-test-api (npm) as a program: `node serve.js <folder it is installed in> <port>`. Prints "ready".
//
// It is a server that nobody here wrote, for one smoke test. Five things are mended that it does otherwise than
// Telegram: getMe says no is_bot, dates are in milliseconds, there is no getWebhookInfo, getUpdates
// never waits, and its messages hold the token.
"use strict";

const [folder, port] = process.argv.slice(2);
const lib = `${folder}/node_modules/telegram-test-api/lib`;
const { routes } = require(`${lib}/routes/index`);
const { TelegramServer } = require(`${lib}/telegramServer`);

const ME = { id: 4711, is_bot: true, first_name: "Acme", username: "acme_bot" };
const HOOK = { url: "", has_custom_certificate: false, pending_update_count: 0 };

routes.unshift((app, server) => {
  const answer = (res, result) => res.json({ ok: true, result });
  app.all("/bot:token/getMe", (req, res) => answer(res, ME));
  app.all("/bot:token/getWebhookInfo", (req, res) => answer(res, HOOK));
  app.all("/bot:token/getUpdates", (req, res) => {
    const until = Date.now() + 1000 * Number(req.query.timeout || 0);
    const look = () => {
      const updates = server.getUpdates(req.params.token);
      updates.forEach((update) => delete update.message?.botToken);
      if (updates.length || Date.now() >= until || res.destroyed) answer(res, updates);
      else setTimeout(look, 10);
    };
    look();
  });
});

class Mended extends TelegramServer {
  addBotMessage(message, token) {
    const sent = super.addBotMessage(message, token);
    return { ...sent, date: Math.floor(sent.date / 1000) };
  }
}

new Mended({ host: "127.0.0.1", port: Number(port) }).start().then(() => console.log("ready"));
