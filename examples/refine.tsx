// Contacts in a table, sorted and filtered, with refine.
import { Refine, useTable, useUpdate } from "@refinedev/core";
import { type Contact, Intercom } from "intercom-edge";
import { dataProvider } from "intercom-edge/refine";

const intercom = new Intercom({ baseUrl: location.origin, auth: () => sessionStorage["caller-key"] });

function Contacts() {
  const { result, tableQuery, currentPage, pageCount, setCurrentPage, setFilters } = useTable<Contact>({
    resource: "contacts",
    pagination: { pageSize: 10 },
    sorters: { initial: [{ field: "created_at", order: "desc" }] },
  });
  const { mutate, mutation } = useUpdate<Contact>();
  const error = tableQuery.error ?? mutation.error;
  const choose = (role: string) => {
    setCurrentPage(1);
    setFilters([{ field: "role", operator: "eq", value: role || undefined }]);
  };
  return (
    <main aria-busy={tableQuery.isFetching}>
      <select aria-label="Role" onChange={({ target }) => choose(target.value)}>
        {["", "user", "lead"].map((role) => (
          <option key={role}>{role}</option>
        ))}
      </select>
      <ul>
        {result.data.map(({ id, name, email, role }) => (
          <li key={id} data-role={role}>
            {name ?? email ?? id}{" "}
            <button
              type="button"
              onClick={() => mutate({ resource: "contacts", id, values: { name: `${name ?? email}!` } })}
            >
              Louder
            </button>
          </li>
        ))}
      </ul>
      {error && <p role="alert">{error.message}</p>}
      <output>{tableQuery.isSuccess && `Page ${currentPage} of ${pageCount}`}</output>
      <button type="button" disabled={currentPage >= pageCount} onClick={() => setCurrentPage(currentPage + 1)}>
        Next
      </button>
    </main>
  );
}

// The package retries by itself. With refine's retries, an error would be shown late.
const reactQuery = { clientConfig: { defaultOptions: { queries: { retry: false } } } };

export const App = () => (
  <Refine dataProvider={dataProvider(intercom)} options={{ disableTelemetry: true, reactQuery }}>
    <Contacts />
  </Refine>
);
