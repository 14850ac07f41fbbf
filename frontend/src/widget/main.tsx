// Starts the chat in the page the server wrote: <div id="chat" data-channel data-title>.
import { render } from "preact";
import { paced } from "../shared/paced";
import { Chat } from "./chat";
import { Panel } from "./panel";
import "./widget.css";

const root = document.getElementById("chat")!;
const title = root.dataset.title ?? "Chat with us";
const redraw = paced(() => render(<Panel chat={chat} title={title} />, root));
const chat = new Chat(root.dataset.channel!, redraw);

chat.start();
redraw();
