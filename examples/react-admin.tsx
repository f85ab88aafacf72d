// Leads in a table and in a form, with react-admin's core: put its Datagrid and SimpleForm in their place.
import { QueryClient } from "@tanstack/react-query";
import { CoreAdmin, EditBase, Form, ListBase, Resource, useEditContext, useInput, useListContext } from "ra-core";
import { Intercom } from "intercom-edge";
import { dataProvider } from "intercom-edge/react-admin";

const intercom = new Intercom({ baseUrl: location.origin, auth: () => sessionStorage["caller-key"] });
const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });

function Table() {
  const { data, error, total, page, setPage, hasNextPage, setFilters } = useListContext();
  if (error) return <p role="alert">{error.message}</p>;
  return (
    <main>
      <input aria-label="Search" onChange={({ target }) => setFilters({ q: target.value })} />
      <ul>
        {data?.map(({ id, email }) => (
          <li key={id}>
            <a href={`#/leads/${id}`}>{email}</a>
          </li>
        ))}
      </ul>
      <output>{`Page ${page}, ${total} in all`}</output>
      <button type="button" disabled={!hasNextPage} onClick={() => setPage(page + 1)}>
        Next
      </button>
    </main>
  );
}

function Field({ source }: { source: string }) {
  const { field, fieldState } = useInput({ source });
  return (
    <label>
      {source}
      <input {...field} />
      <em role="alert">{fieldState.error?.message}</em>
    </label>
  );
}

function Fields() {
  const { record, save } = useEditContext();
  if (!record || !save) return null;
  return (
    <Form record={record} onSubmit={save}>
      <Field source="email" />
      <button type="submit">Save</button>
    </Form>
  );
}

export const App = () => (
  <CoreAdmin dataProvider={dataProvider(intercom)} queryClient={queryClient}>
    <Resource
      name="leads"
      list={
        <ListBase perPage={5}>
          <Table />
        </ListBase>
      }
      edit={
        <EditBase mutationMode="pessimistic">
          <Fields />
        </EditBase>
      }
    />
  </CoreAdmin>
);
