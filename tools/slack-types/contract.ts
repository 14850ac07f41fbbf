// What crosses the line between an app and Slack. tools/slack_schema turns it into JSON Schema.

import type { HomeView, KnownBlock, MessageAttachment, MessageMetadata, ModalView, SlackEvent } from "@slack/types";

export interface Contract {
  attachment: MessageAttachment;
  block: KnownBlock;
  event: SlackEvent;
  metadata: MessageMetadata;
  view: HomeView | ModalView;
}
