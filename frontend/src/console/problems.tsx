// What the server refused, in its own words, with what it says can be done about it.
import { useDesk } from "./context";
import { Icon } from "./icons";

export function Problems() {
  const desk = useDesk();
  return (
    <div role="alert">
      {desk.problems.map(({ id, problem }) => (
        <section key={id} class="problem" data-testid="problem">
          <div>
            <strong>{problem.title}</strong>
            <p>{problem.detail}</p>
            {problem.remedy && <p class="remedy">{problem.remedy}</p>}
          </div>
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => desk.dismiss(id)}>
            <Icon name="close" />
          </button>
        </section>
      ))}
    </div>
  );
}
