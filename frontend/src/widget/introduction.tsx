// Before the first message, and only if they like: a name, and where to reach them if they leave. What is typed here
// is a claim and proves nothing; agents see it as such.
import { useState } from "preact/hooks";
import type { Chat } from "./chat";
import { SessionRefused } from "./session";

export function Introduction({ chat }: { chat: Chat }) {
  const [said, setSaid] = useState("");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setSaid(await introduce(chat, text(form, "name"), text(form, "email")));
  };
  return (
    <details class="introduction">
      <summary>Tell us who you are (optional)</summary>
      <form onSubmit={submit}>
        <label>
          Name
          <input name="name" autocomplete="name" maxLength={200} dir="auto" />
        </label>
        <label>
          E-mail
          <input name="email" type="email" autocomplete="email" maxLength={254} />
        </label>
        <button type="submit">Save</button>
        <p role="status">{said}</p>
      </form>
    </details>
  );
}

async function introduce(chat: Chat, name: string, email: string): Promise<string> {
  try {
    await chat.introduce({ ...(name && { name }), ...(email && { email }) });
    return name ? `Thank you, ${name}.` : "Thank you.";
  } catch (error) {
    return error instanceof SessionRefused ? error.message : "The connection broke. Please try again.";
  }
}

function text(form: FormData, name: string): string {
  return String(form.get(name) ?? "").trim();
}
