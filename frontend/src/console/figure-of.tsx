// A number of the day that opens its rows.
import { Go } from "./go";

interface Props {
  figure: string;
  number: number;
  /** Blank: today. */
  day: string;
  more?: string;
}

export function FigureOf({ figure, number, day, more = "" }: Props) {
  return (
    <Go
      to={{ page: "day", asked: `${day && `day=${day}&`}figure=${figure}${more}` }}
      class={`figure${number ? "" : " figure-none"}`}
      data-figure={figure}
    >
      {number}
    </Go>
  );
}
