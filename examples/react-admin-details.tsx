// A user with tags, companies and notes, in a form of react-admin's core. A taken address is shown at its field.
import { QueryClient } from "@tanstack/react-query";
import { CoreAdmin, EditBase, Form, ReferenceManyFieldBase, Resource, useEditContext, useInput } from "ra-core";
import { Intercom } from "intercom-edge";
import { dataProvider } from "intercom-edge/react-admin";

const intercom = new Intercom({ baseUrl: location.origin, auth: () => sessionStorage["caller-key"] });
// The package retries by itself. With react-admin's retries, an error would be shown late.
const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });

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

function Related({ reference }: { reference: string }) {
  return (
    <ReferenceManyFieldBase
      reference={reference}
      target="contact_id"
      render={({ data, error }) => (
        <ul aria-label={reference}>
          {error && <li role="alert">{error.message}</li>}
          {data?.map(({ id, name, body }) => (
            <li key={id}>{name ?? body}</li>
          ))}
        </ul>
      )}
    />
  );
}

function User() {
  const { record, save } = useEditContext();
  if (!record || !save) return null;
  return (
    <Form record={record} onSubmit={save}>
      <Field source="email" />
      <button type="submit">Save</button>
      {["tags", "companies", "notes"].map((reference) => (
        <Related key={reference} reference={reference} />
      ))}
    </Form>
  );
}

export const App = () => (
  <CoreAdmin dataProvider={dataProvider(intercom)} queryClient={queryClient}>
    <Resource
      name="users"
      list={<p>Choose a user</p>}
      edit={
        <EditBase mutationMode="pessimistic" redirect={false}>
          <User />
        </EditBase>
      }
    />
  </CoreAdmin>
);
