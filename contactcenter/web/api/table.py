"""All operations of the API, in the order of docs and of the OpenAPI document."""

from contactcenter.figures import report
from contactcenter.figures.answers import OUTCOMES
from contactcenter.flow.merging import MergePreview
from contactcenter.flow.views import AgentView, MessageView, NoteView, OfferView, ParticipantView, TicketView
from contactcenter.model.proposals import PROPOSAL_STATES
from contactcenter.model.tickets import STATUSES
from contactcenter.web.api import (
    answers,
    article_bodies,
    article_imports,
    articles,
    bodies,
    customers,
    desk,
    figure_bodies,
    figures,
    knowledge,
    proposals,
    tickets,
    trying,
)
from contactcenter.web.api.operations import Operation, Parameter

AFTER = Parameter("after", "continue after this id", "integer")
LIMIT = Parameter("limit", "items of a page, 1 to 200", "integer")
SCOPE = (
    Parameter("from", "a day of the desk (2026-11-20) or an instant; today when left out"),
    Parameter("to", "until before this day or instant; one day when left out"),
    Parameter("queue", "only this queue"),
    Parameter("channel", "only this channel"),
    Parameter("agent", "only what this agent did", "integer"),
    Parameter("team", "only what the agents did who serve this queue now"),
    Parameter("tag", "only tickets that are marked by this tag now"),
)

FIGURES = Operation(
    "GET", "/figures", "What happened: counts by slot or day, and what they say, with how sure that is",
    figures.get_figures, figure_bodies.Figures, role="supervisor",
    query=(*SCOPE, Parameter("by", "slot (a quarter of an hour) or day", choices=("slot", "day"))),
)  # fmt: skip

OPERATIONS = (
    Operation("GET", "/me", "The agent who asks", desk.get_me, AgentView),
    Operation("GET", "/agents", "The team, with presence and load", desk.list_agents, bodies.Agents),
    Operation(
        "PUT", "/agents/me/presence", "Come or go", desk.set_presence, AgentView, takes=bodies.Presence, writes=True
    ),
    Operation(
        "GET", "/agents/me/presence/reasons", "Reasons to give for being away", desk.list_away_reasons,
        bodies.AwayReasons,
    ),
    Operation(
        "PUT", "/agents/{id}/skills", "Say what an agent can do, and how well", desk.set_skills, AgentView,
        takes=bodies.Skills, role="supervisor", writes=True,
    ),
    Operation("GET", "/channels", "The channels, and how they are doing", desk.list_channels, bodies.Channels),
    Operation("GET", "/queues", "The queues", desk.list_queues, bodies.Queues),
    Operation("GET", "/rules", "What tickets are sorted by when they open", desk.list_rules, bodies.Rules),
    Operation(
        "POST", "/rules/trial", "Try rules on past tickets: what would have opened otherwise; nothing is changed",
        answer=bodies.RulesTried, takes=bodies.TryRules, role="supervisor", does=trying.try_rules,
    ),
    Operation("GET", "/queues/figures", "The queues in figures, live", desk.queue_figures, bodies.QueuesInFigures),
    FIGURES,
    Operation(
        "GET", "/figures/answers", "What the assistant answered, by article and channel, and what became of it",
        answers.get_answers, figure_bodies.AnswersTold, role="supervisor", query=SCOPE[:4],
    ),
    Operation(
        "GET", "/figures/answers/rows", "The answers behind a number", answers.list_answer_rows,
        figure_bodies.AnswerRows, role="supervisor",
        query=(
            Parameter("outcome", "what became of the ticket", choices=tuple(OUTCOMES)),
            Parameter("article", "only from this article"), *SCOPE[:4],
            Parameter("after", "`next` of the page before"), LIMIT,
        ),
    ),
    Operation(
        "GET", "/figures/agents", "How agents spent their time, and what they did", figures.list_shifts,
        figure_bodies.Shifts, role="supervisor", query=SCOPE[:2],
    ),
    Operation(
        "GET", "/agents/{id}/presences", "When an agent was there, away or offline", figures.list_stays,
        figure_bodies.Stays, role="supervisor", query=SCOPE[:2],
    ),
    Operation(
        "GET", "/forecast", "What is expected of a day to come, and how many agents it takes", figures.get_forecast,
        figure_bodies.OutlookView, role="supervisor",
        query=(Parameter("day", "such as 2026-11-20; tomorrow when left out"), Parameter("queue", "only this queue")),
    ),
    Operation(
        "GET", "/wallboard", "How it is right now", figures.get_wallboard, figure_bodies.Wallboard, role="supervisor"
    ),
    Operation(
        "GET", "/figures/rows", "The rows behind a figure: exactly as many as it says", figures.list_figure_rows,
        figure_bodies.Tallies, role="supervisor",
        query=(
            Parameter("figure", "which one", choices=tuple(report.FIGURES)), *SCOPE,
            Parameter("after", "`next` of the page before"), LIMIT,
        ),
    ),
    Operation(
        "GET",
        "/tickets",
        "Tickets, newest change first; those not solved or closed unless `status` says otherwise",
        tickets.list_tickets,
        bodies.Tickets,
        query=(
            Parameter("status", f"one or more of {', '.join(STATUSES)}, separated by commas"),
            Parameter("queue", "only this queue"),
            Parameter("assignee", "me, none, or an agent's id"),
            Parameter("tag", "only those marked so"),
            Parameter("customer", "only this customer's, of every status", "integer"),
            Parameter("due", "only what is late, or at_risk: near its deadline or late"),
            Parameter("after", "`next` of the page before"),
            LIMIT,
        ),
    ),
    Operation("GET", "/tickets/{id}", "One ticket", tickets.get_ticket, TicketView),
    Operation(
        "GET", "/tickets/{id}/messages", "What was said, oldest first", tickets.list_messages, bodies.Messages,
        query=(AFTER, LIMIT),
    ),
    Operation(
        "POST", "/tickets/{id}/messages", "Say something to the customer", tickets.send_message, MessageView,
        takes=bodies.Reply, status=201, writes=True, first=tickets.measure_files,
    ),
    Operation(
        "GET", "/tickets/{id}/notes", "What colleagues noted", tickets.list_notes, bodies.Notes, query=(AFTER, LIMIT)
    ),
    Operation(
        "POST", "/tickets/{id}/notes", "Say something to colleagues; it never reaches the customer",
        tickets.write_note, NoteView, takes=bodies.Said, status=201, writes=True,
    ),
    Operation(
        "GET", "/tickets/{id}/history", "The facts of this ticket, with the reasons", tickets.ticket_history,
        bodies.Events, query=(AFTER, LIMIT),
    ),
    Operation(
        "GET", "/tickets/{id}/suggestions", "Articles that may answer it", answer=bodies.Suggestions,
        does=knowledge.suggest,
    ),
    Operation(
        "PUT", "/tickets/{id}/assignment", "Take it, give it away, give it back, or move it to another queue",
        tickets.set_assignment, TicketView, takes=bodies.Assignment, writes=True,
    ),
    Operation(
        "PUT", "/tickets/{id}/status", "Solve, snooze, reopen or close it", tickets.set_status, TicketView,
        takes=bodies.Status, writes=True,
    ),
    Operation("GET", "/solve-reasons", "What a ticket can be solved for", desk.list_solve_reasons, bodies.SolveReasons),
    Operation(
        "POST", "/tickets/{id}/escalations", "Ask supervisors for help: it is one step more urgent, and they are told",
        tickets.escalate, TicketView, takes=bodies.Escalation, status=201, writes=True,
    ),
    Operation(
        "PUT", "/tickets/{id}/priority", "Say how urgent it is", tickets.set_priority, TicketView,
        takes=bodies.Priority, role="supervisor", writes=True,
    ),
    Operation(
        "PUT", "/tickets/{id}/tags", "Say by which words it is marked", tickets.set_tags, TicketView,
        takes=bodies.Tags, writes=True,
    ),
    Operation(
        "GET", "/tickets/{id}/merger", "What merging it into another ticket would move", tickets.preview_merge,
        MergePreview, query=(Parameter("into", "the other ticket", "integer"),),
    ),
    Operation(
        "PUT", "/tickets/{id}/merger", "Make it part of another ticket of the same customer; answers that one",
        tickets.merge, TicketView, takes=bodies.Merger, writes=True,
    ),
    Operation(
        "DELETE", "/tickets/{id}/merger", "Take it out again, as it was; what came later stays", tickets.unmerge,
        writes=True,
    ),
    Operation(
        "GET", "/replies", "Canned replies; with `ticket`, as the caller would say them there", desk.list_replies,
        bodies.CannedReplies, query=(Parameter("ticket", "the ticket whose names are filled in", "integer"),),
    ),
    Operation(
        "PUT", "/messages/{id}/delivery", "Send a message again that is unknown or buried, or take it back in time",
        tickets.set_delivery, MessageView, takes=bodies.Delivery, writes=True,
    ),
    Operation(
        "PUT", "/messages/{id}", "Have a message of ours say something else, also where it was delivered",
        tickets.edit_message, MessageView, takes=bodies.Said, writes=True,
    ),
    Operation(
        "DELETE", "/messages/{id}", "Take a message of ours away, also where it was delivered",
        tickets.delete_message, MessageView, writes=True,
    ),
    Operation(
        "PUT", "/tickets/{id}/customer", "Whose ticket it really is: of who wrote what a colleague forwarded",
        tickets.set_customer, TicketView, takes=bodies.Person, writes=True,
    ),
    Operation(
        "GET", "/tickets/{id}/participants", "Who is answered besides the customer", tickets.list_participants,
        bodies.Participants,
    ),
    Operation(
        "POST", "/tickets/{id}/participants", "Have somebody else answered too", tickets.add_participant,
        ParticipantView, takes=bodies.Person, status=201, writes=True,
    ),
    Operation(
        "DELETE", "/tickets/{id}/participants/{address}", "Answer somebody no longer", tickets.remove_participant,
        writes=True,
    ),
    Operation("GET", "/offers", "Tickets held out to me", tickets.list_offers, bodies.Offers),
    Operation(
        "PUT", "/offers/{id}", "Accept or decline an offer", tickets.answer_offer, OfferView,
        takes=bodies.OfferAnswer, writes=True,
    ),
    Operation("GET", "/customers/{id}", "One customer", customers.get_customer, bodies.CustomerView),
    Operation(
        "DELETE", "/customers/{id}/suppression", "Let automatic messages go to their addresses again",
        customers.lift_suppression, writes=True,
    ),
    Operation(
        "GET", "/customers/{id}/history", "Everything that happened with a customer", customers.customer_history,
        bodies.Events, query=(AFTER,),
    ),
    Operation(
        "GET", "/articles", "The knowledge base; without what is archived, unless `state` says otherwise",
        articles.list_articles, article_bodies.Articles,
        query=(
            Parameter("q", "only those that have these words"),
            Parameter("state", "published, draft, stale, archived or all", choices=tuple(articles.STATES)),
            Parameter("language", "only this language"),
            Parameter("after", "`next` of the page before"), LIMIT,
        ),
    ),
    Operation(
        "POST", "/articles", "Write an article; the assistant knows it at once, but for a draft",
        articles.add_article, article_bodies.ArticleView, takes=article_bodies.NewArticle, status=201,
        role="supervisor", writes=True,
    ),
    Operation("GET", "/articles/{slug}", "One article", articles.get_article, article_bodies.WholeArticle),
    Operation(
        "PUT", "/articles/{slug}", "Have it say something else, at once or as a draft", articles.edit_article,
        article_bodies.WholeArticle, takes=article_bodies.EditedArticle, role="supervisor", writes=True,
    ),
    Operation(
        "DELETE", "/articles/{slug}", "Archive it: nobody reads it any more, and it can be restored",
        articles.archive_article, role="supervisor", writes=True,
    ),
    Operation(
        "PUT", "/articles/{slug}/state", "Publish its draft, archive it, or restore it", articles.set_article_state,
        article_bodies.WholeArticle, takes=article_bodies.ArticleState, role="supervisor", writes=True,
    ),
    Operation(
        "DELETE", "/articles/{slug}/draft", "Discard its draft; the version stays", articles.drop_article_draft,
        role="supervisor", writes=True,
    ),
    Operation(
        "GET", "/articles/{slug}/versions", "All it ever said, newest first", articles.list_article_versions,
        article_bodies.Versions, query=(Parameter("after", "`next` of the page before", "integer"), LIMIT),
    ),
    Operation(
        "GET", "/articles/{slug}/diff", "What is different between two versions; the last two when left out",
        articles.diff_article_versions, article_bodies.Diff,
        query=(Parameter("from", "the older version's number", "integer"), Parameter("to", "the newer's", "integer")),
    ),
    Operation(
        "POST", "/articles/{slug}/files", "Have an uploaded file go with it", articles.attach_article_file,
        article_bodies.ArticleFileView, takes=bodies.SentFile, status=201, role="supervisor", writes=True,
        first=articles.keep_file,
    ),
    Operation(
        "DELETE", "/articles/{slug}/files/{id}", "Take a file away", articles.remove_article_file, role="supervisor",
        writes=True,
    ),
    Operation(
        "GET", "/article-faults", "Files of the knowledge folder that are skipped, and articles changed on both sides",
        articles.list_article_faults, article_bodies.Faults,
    ),
    Operation(
        "POST", "/article-imports", "Make drafts of an uploaded file (PDF, HTML, Markdown or CSV)",
        answer=article_bodies.Imported, takes=article_bodies.ArticleImport, status=201, role="supervisor",
        does=article_imports.import_articles,
    ),
    Operation(
        "POST", "/article-previews", "Markdown as readers will see it", answer=article_bodies.Html,
        takes=article_bodies.Markdown, does=articles.preview_markdown,
    ),
    Operation(
        "GET", "/proposals", "What past tickets suggest for the knowledge base", proposals.list_proposals,
        bodies.Proposals, role="supervisor",
        query=(
            Parameter("state", "proposed when left out", choices=PROPOSAL_STATES),
            Parameter("after", "`next` of the page before"),
        ),
    ),
    Operation(
        "PUT", "/proposals/{id}", "Approve a proposal, as it is or with changes, or decline it for good",
        proposals.decide_proposal, bodies.ProposalView, takes=bodies.Decision, role="supervisor", writes=True,
    ),
    Operation(
        "GET", "/buried", "Work that was given up, with the reason", desk.list_buried, bodies.BuriedList,
        role="supervisor",
    ),
    Operation(
        "PUT", "/buried/{loop}/{id}", "Make buried work due again", desk.retry_buried, takes=bodies.Again,
        role="supervisor", writes=True,
    ),
)  # fmt: skip
