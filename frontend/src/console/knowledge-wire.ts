// What the API says of articles, and how it is asked.
import { get, post, put, remove, upload } from "./api";
import { uuid7 } from "../shared/uuid7";
import type { Page } from "./wire";

export type ArticleStateName = "published" | "draft" | "archived";

export interface ArticleRow {
  slug: string;
  title: string;
  language: string;
  audience: "public" | "agents";
  checked: string | null;
  url: string;
  owner: string;
  state: ArticleStateName;
  has_draft: boolean;
  stale: boolean;
  changed_at: string;
  helped: number;
  not_helped: number;
}

/** What a person writes. */
export interface ArticleText {
  title: string;
  text: string;
  questions: string[];
  language: string;
  audience: "public" | "agents";
  checked: string | null;
  owner: string;
  variants: Record<string, string>;
}

export interface ArticleVersion extends ArticleText {
  number: number;
  at: string;
  by: string;
  origin: string;
  state: "published" | "draft" | "past";
}

export interface ArticleFile {
  id: number;
  name: string;
  size: number;
  url: string;
}

export interface WholeArticle {
  slug: string;
  url: string;
  state: ArticleStateName;
  stale: boolean;
  revision: number;
  published: ArticleVersion | null;
  draft: ArticleVersion | null;
  files: ArticleFile[];
  helped: number;
  not_helped: number;
  path: string;
  source: string;
}

export interface DiffLine {
  kind: "same" | "added" | "removed" | "gap";
  text: string;
}

export interface ArticleFault {
  path: string;
  line: number;
  reason: string;
  article: string | null;
}

export interface Imported {
  added: string[];
  updated: string[];
  unchanged: string[];
  faults: string[];
}

const at = (slug: string, more = "") => `/articles/${encodeURIComponent(slug)}${more}`;

export const articles = {
  list: (query: string) => get<Page<ArticleRow>>(`/articles?${query}`),
  faults: () => get<Page<ArticleFault>>("/article-faults"),
  one: (slug: string) => get<WholeArticle>(at(slug)),
  begin: (slug: string, text: ArticleText, draft: boolean) =>
    post<ArticleRow>("/articles", { ...text, slug, draft }, uuid7()),
  save: (slug: string, text: ArticleText, draft: boolean, revision: number) =>
    put<WholeArticle>(at(slug), { ...text, draft, revision }),
  become: (slug: string, state: "published" | "archived", revision: number) =>
    put<WholeArticle>(at(slug, "/state"), { state, revision }),
  discard: (slug: string) => remove(at(slug, "/draft")),
  versions: (slug: string) => get<Page<ArticleVersion>>(at(slug, "/versions?limit=50")),
  diff: (slug: string, from: number, to: number) =>
    get<{ items: DiffLine[] }>(at(slug, `/diff?from=${from}&to=${to}`)),
  preview: (text: string) => post<{ html: string }>("/article-previews", { text }, uuid7()),
  async attach(slug: string, file: File): Promise<void> {
    await post(at(slug, "/files"), await upload(file, file.name, () => undefined), uuid7());
  },
  detach: (slug: string, id: number) => remove(at(slug, `/files/${id}`)),
  bring: async (file: File) =>
    post<Imported>("/article-imports", await upload(file, file.name, () => undefined), uuid7()),
};
