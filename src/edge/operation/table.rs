//! All operations of API 2.16, of the Preview version and of older versions, the undocumented ones that
//! `intercom-client` 7 calls, and their scopes.
//!
//! From Intercom's OpenAPI description (<https://github.com/intercom/Intercom-OpenAPI>). A scope is
//! named after the resource under which Intercom documents the operation. An operation that returns people,
//! such as a company's contacts, needs the scope of people.

use crate::edge::access::scope::Scope::*;
use crate::edge::operation::Path;

/// The operations that accept another media type than JSON, and that type.
pub(super) const UPLOADS: &[((&str, &str), &str)] =
    &[(("POST", "/ecommerce/connectors/{id}/catalog"), "multipart/form-data")];

/// The paths, by their first segment.
pub(super) const RESOURCES: &[(&str, &[Path])] = &[
    (
        "admins",
        &[
            Path { pattern: "/admins", operations: &[("GET", AdminsRead)] },
            Path {
                pattern: "/admins/activity_log_event_types",
                operations: &[("GET", AdminsRead)],
            },
            Path { pattern: "/admins/activity_logs", operations: &[("GET", AdminsRead)] },
            Path { pattern: "/admins/activity_logs/search", operations: &[("POST", AdminsRead)] },
            Path { pattern: "/admins/{admin_id}", operations: &[("GET", AdminsRead)] },
            Path { pattern: "/admins/{admin_id}/away", operations: &[("PUT", AdminsWrite)] },
        ],
    ),
    (
        "ai",
        &[
            Path {
                pattern: "/ai/content_import_sources",
                operations: &[("GET", AiContentRead), ("POST", AiContentWrite)],
            },
            Path {
                pattern: "/ai/content_import_sources/{source_id}",
                operations: &[
                    ("GET", AiContentRead),
                    ("PUT", AiContentWrite),
                    ("DELETE", AiContentWrite),
                ],
            },
            Path {
                pattern: "/ai/external_pages",
                operations: &[("GET", AiContentRead), ("POST", AiContentWrite)],
            },
            Path {
                pattern: "/ai/external_pages/{page_id}",
                operations: &[
                    ("GET", AiContentRead),
                    ("PUT", AiContentWrite),
                    ("DELETE", AiContentWrite),
                ],
            },
        ],
    ),
    (
        "articles",
        &[
            Path {
                pattern: "/articles",
                operations: &[("GET", ArticlesRead), ("POST", ArticlesWrite)],
            },
            Path { pattern: "/articles/search", operations: &[("GET", ArticlesRead)] },
            Path {
                pattern: "/articles/{article_id}",
                operations: &[
                    ("GET", ArticlesRead),
                    ("PUT", ArticlesWrite),
                    ("DELETE", ArticlesWrite),
                ],
            },
            Path {
                pattern: "/articles/{id}/draft",
                operations: &[("GET", ArticlesRead), ("PUT", ArticlesWrite)],
            },
            Path {
                pattern: "/articles/{id}/draft/publish",
                operations: &[("POST", ArticlesWrite)],
            },
            Path { pattern: "/articles/{article_id}/tags", operations: &[("POST", ArticlesWrite)] },
            Path {
                pattern: "/articles/{article_id}/tags/{id}",
                operations: &[("DELETE", ArticlesWrite)],
            },
            Path {
                pattern: "/articles/{article_id}/versions",
                operations: &[("GET", ArticlesRead)],
            },
            Path {
                pattern: "/articles/{article_id}/versions/{id}",
                operations: &[("GET", ArticlesRead)],
            },
        ],
    ),
    (
        "audiences",
        &[
            Path {
                pattern: "/audiences",
                operations: &[("GET", AudiencesRead), ("POST", AudiencesWrite)],
            },
            Path {
                pattern: "/audiences/{id}",
                operations: &[
                    ("GET", AudiencesRead),
                    ("PUT", AudiencesWrite),
                    ("DELETE", AudiencesWrite),
                ],
            },
        ],
    ),
    (
        "away_status_reasons",
        &[Path { pattern: "/away_status_reasons", operations: &[("GET", AdminsRead)] }],
    ),
    (
        "brands",
        &[
            Path { pattern: "/brands", operations: &[("GET", BrandsRead)] },
            Path { pattern: "/brands/{id}", operations: &[("GET", BrandsRead)] },
        ],
    ),
    (
        "calls",
        &[
            Path { pattern: "/calls", operations: &[("GET", CallsRead)] },
            Path { pattern: "/calls/search", operations: &[("POST", CallsRead)] },
            Path { pattern: "/calls/{call_id}", operations: &[("GET", CallsRead)] },
            Path { pattern: "/calls/{call_id}/recording", operations: &[("GET", CallsRead)] },
            Path { pattern: "/calls/{call_id}/transcript", operations: &[("GET", CallsRead)] },
        ],
    ),
    (
        "companies",
        &[
            Path {
                pattern: "/companies",
                operations: &[("GET", CompaniesRead), ("POST", CompaniesWrite)],
            },
            Path {
                pattern: "/companies/bulk",
                operations: &[("POST", CompaniesWrite), ("PUT", CompaniesWrite)],
            },
            Path { pattern: "/companies/bulk/delete", operations: &[("POST", CompaniesWrite)] },
            Path { pattern: "/companies/bulk/{id}", operations: &[("GET", CompaniesRead)] },
            Path { pattern: "/companies/list", operations: &[("POST", CompaniesRead)] },
            Path { pattern: "/companies/scroll", operations: &[("GET", CompaniesRead)] },
            Path { pattern: "/companies/search", operations: &[("POST", CompaniesRead)] },
            Path {
                pattern: "/companies/{company_id}",
                operations: &[
                    ("GET", CompaniesRead),
                    ("PUT", CompaniesWrite),
                    ("DELETE", CompaniesWrite),
                ],
            },
            Path {
                pattern: "/companies/{company_id}/contacts",
                operations: &[("GET", ContactsRead)],
            },
            Path {
                pattern: "/companies/{company_id}/notes",
                operations: &[("GET", NotesRead), ("POST", NotesWrite)],
            },
            Path {
                pattern: "/companies/{company_id}/segments",
                operations: &[("GET", CompaniesRead)],
            },
        ],
    ),
    (
        "contacts",
        &[
            Path {
                pattern: "/contacts",
                operations: &[("GET", ContactsRead), ("POST", ContactsWrite)],
            },
            Path { pattern: "/contacts/activities", operations: &[("GET", ContactsRead)] },
            Path {
                pattern: "/contacts/bulk",
                operations: &[("POST", ContactsWrite), ("PUT", ContactsWrite)],
            },
            Path { pattern: "/contacts/bulk/delete", operations: &[("POST", ContactsWrite)] },
            Path { pattern: "/contacts/bulk/{id}", operations: &[("GET", ContactsRead)] },
            Path {
                pattern: "/contacts/find_by_external_id/{external_id}",
                operations: &[("GET", ContactsRead)],
            },
            Path { pattern: "/contacts/merge", operations: &[("POST", ContactsWrite)] },
            Path { pattern: "/contacts/merge/preview", operations: &[("POST", ContactsRead)] },
            Path { pattern: "/contacts/search", operations: &[("POST", ContactsRead)] },
            Path {
                pattern: "/contacts/{contact_id}",
                operations: &[
                    ("GET", ContactsRead),
                    ("PUT", ContactsWrite),
                    ("DELETE", ContactsWrite),
                ],
            },
            Path {
                pattern: "/contacts/{contact_id}/archive",
                operations: &[("POST", ContactsWrite)],
            },
            Path { pattern: "/contacts/{id}/banners", operations: &[("GET", BannersRead)] },
            Path {
                pattern: "/contacts/{id}/banners/{view_id}/dismiss",
                operations: &[("POST", BannersWrite)],
            },
            Path {
                pattern: "/contacts/{contact_id}/block",
                operations: &[("POST", ContactsWrite)],
            },
            Path {
                pattern: "/contacts/{contact_id}/companies",
                operations: &[("GET", ContactsRead), ("POST", CompaniesWrite)],
            },
            Path {
                pattern: "/contacts/{contact_id}/companies/{company_id}",
                operations: &[("DELETE", CompaniesWrite)],
            },
            Path { pattern: "/contacts/{id}/merge_history", operations: &[("GET", ContactsRead)] },
            Path {
                pattern: "/contacts/{contact_id}/notes",
                operations: &[("GET", NotesRead), ("POST", NotesWrite)],
            },
            Path {
                pattern: "/contacts/{contact_id}/segments",
                operations: &[("GET", ContactsRead)],
            },
            Path {
                pattern: "/contacts/{contact_id}/subscriptions",
                operations: &[("GET", ContactsRead), ("POST", SubscriptionsWrite)],
            },
            Path {
                pattern: "/contacts/{contact_id}/subscriptions/{subscription_id}",
                operations: &[("DELETE", SubscriptionsWrite)],
            },
            Path {
                pattern: "/contacts/{contact_id}/tags",
                operations: &[("GET", ContactsRead), ("POST", TagsWrite)],
            },
            Path {
                pattern: "/contacts/{contact_id}/tags/{tag_id}",
                operations: &[("DELETE", TagsWrite)],
            },
            Path {
                pattern: "/contacts/{contact_id}/unarchive",
                operations: &[("POST", ContactsWrite)],
            },
        ],
    ),
    (
        "content",
        &[
            Path { pattern: "/content/bulk_actions", operations: &[("POST", ContentWrite)] },
            Path { pattern: "/content/search", operations: &[("GET", ContentRead)] },
        ],
    ),
    (
        "content_snippets",
        &[
            Path {
                pattern: "/content_snippets",
                operations: &[("GET", ContentSnippetsRead), ("POST", ContentSnippetsWrite)],
            },
            Path {
                pattern: "/content_snippets/{id}",
                operations: &[
                    ("GET", ContentSnippetsRead),
                    ("PUT", ContentSnippetsWrite),
                    ("DELETE", ContentSnippetsWrite),
                ],
            },
            Path {
                pattern: "/content_snippets/{content_snippet_id}/tags",
                operations: &[("POST", ContentSnippetsWrite)],
            },
            Path {
                pattern: "/content_snippets/{content_snippet_id}/tags/{id}",
                operations: &[("DELETE", ContentSnippetsWrite)],
            },
        ],
    ),
    (
        "conversations",
        &[
            Path {
                pattern: "/conversations",
                operations: &[("GET", ConversationsRead), ("POST", ConversationsWrite)],
            },
            Path {
                pattern: "/conversations/attributes",
                operations: &[("GET", ConversationsRead), ("POST", ConversationsWrite)],
            },
            Path {
                pattern: "/conversations/attributes/{id}",
                operations: &[
                    ("GET", ConversationsRead),
                    ("PUT", ConversationsWrite),
                    ("DELETE", ConversationsWrite),
                ],
            },
            Path {
                pattern: "/conversations/attributes/{id}/options",
                operations: &[("POST", ConversationsWrite)],
            },
            Path {
                pattern: "/conversations/attributes/{id}/options/{option_id}",
                operations: &[("PUT", ConversationsWrite), ("DELETE", ConversationsWrite)],
            },
            Path { pattern: "/conversations/deleted", operations: &[("GET", ConversationsRead)] },
            Path { pattern: "/conversations/redact", operations: &[("POST", ConversationsWrite)] },
            Path { pattern: "/conversations/search", operations: &[("POST", ConversationsRead)] },
            Path {
                pattern: "/conversations/{conversation_id}",
                operations: &[
                    ("GET", ConversationsRead),
                    ("PUT", ConversationsWrite),
                    ("DELETE", ConversationsWrite),
                ],
            },
            Path {
                pattern: "/conversations/{conversation_id}/conversation_parts/{id}",
                operations: &[("PUT", ConversationsWrite)],
            },
            Path {
                pattern: "/conversations/{conversation_id}/convert",
                operations: &[("POST", ConversationsWrite)],
            },
            Path {
                pattern: "/conversations/{conversation_id}/customers",
                operations: &[("POST", ConversationsWrite)],
            },
            Path {
                pattern: "/conversations/{conversation_id}/customers/{contact_id}",
                operations: &[("DELETE", ConversationsWrite)],
            },
            Path {
                pattern: "/conversations/{id}/handling_events",
                operations: &[("GET", ConversationsRead)],
            },
            Path {
                pattern: "/conversations/{id}/merge",
                operations: &[("POST", ConversationsWrite)],
            },
            Path {
                pattern: "/conversations/{conversation_id}/parts",
                operations: &[("POST", ConversationsWrite)],
            },
            Path {
                pattern: "/conversations/{conversation_id}/reply",
                operations: &[("POST", ConversationsWrite)],
            },
            Path {
                pattern: "/conversations/{conversation_id}/run_assignment_rules",
                operations: &[("POST", ConversationsWrite)],
            },
            Path {
                pattern: "/conversations/{id}/side_conversations",
                operations: &[("GET", ConversationsRead)],
            },
            Path {
                pattern: "/conversations/{conversation_id}/tags",
                operations: &[("POST", TagsWrite)],
            },
            Path {
                pattern: "/conversations/{conversation_id}/tags/{tag_id}",
                operations: &[("DELETE", TagsWrite)],
            },
        ],
    ),
    (
        "custom_channel_events",
        &[
            Path {
                pattern: "/custom_channel_events/notify_attribute_collected",
                operations: &[("POST", CustomChannelEventsWrite)],
            },
            Path {
                pattern: "/custom_channel_events/notify_new_conversation",
                operations: &[("POST", CustomChannelEventsWrite)],
            },
            Path {
                pattern: "/custom_channel_events/notify_new_message",
                operations: &[("POST", CustomChannelEventsWrite)],
            },
            Path {
                pattern: "/custom_channel_events/notify_quick_reply_selected",
                operations: &[("POST", CustomChannelEventsWrite)],
            },
        ],
    ),
    (
        "custom_object_instances",
        &[
            Path {
                pattern: "/custom_object_instances/{custom_object_type_identifier}",
                operations: &[
                    ("GET", CustomObjectsRead),
                    ("POST", CustomObjectsWrite),
                    ("DELETE", CustomObjectsWrite),
                ],
            },
            Path {
                pattern: "/custom_object_instances/{custom_object_type_identifier}/{custom_object_instance_id}",
                operations: &[("GET", CustomObjectsRead), ("DELETE", CustomObjectsWrite)],
            },
        ],
    ),
    (
        "data_attributes",
        &[
            Path {
                pattern: "/data_attributes",
                operations: &[("GET", DataAttributesRead), ("POST", DataAttributesWrite)],
            },
            Path {
                pattern: "/data_attributes/{data_attribute_id}",
                operations: &[("PUT", DataAttributesWrite)],
            },
        ],
    ),
    (
        "data_connectors",
        &[
            Path {
                pattern: "/data_connectors",
                operations: &[("GET", DataConnectorsRead), ("POST", DataConnectorsWrite)],
            },
            Path {
                pattern: "/data_connectors/{id}",
                operations: &[
                    ("GET", DataConnectorsRead),
                    ("PATCH", DataConnectorsWrite),
                    ("DELETE", DataConnectorsWrite),
                ],
            },
            Path {
                pattern: "/data_connectors/{data_connector_id}/execution_results",
                operations: &[("GET", DataConnectorsRead)],
            },
            Path {
                pattern: "/data_connectors/{data_connector_id}/execution_results/{id}",
                operations: &[("GET", DataConnectorsRead)],
            },
        ],
    ),
    (
        "download",
        &[
            Path {
                pattern: "/download/content/data/{job_identifier}",
                operations: &[("GET", ExportRead)],
            },
            Path {
                pattern: "/download/reporting_data/{job_identifier}",
                operations: &[("GET", ReportingRead)],
            },
        ],
    ),
    (
        "ecommerce",
        &[Path {
            pattern: "/ecommerce/connectors/{id}/catalog",
            operations: &[("POST", EcommerceWrite)],
        }],
    ),
    (
        "emails",
        &[
            Path { pattern: "/emails", operations: &[("GET", EmailsRead)] },
            Path { pattern: "/emails/{id}", operations: &[("GET", EmailsRead)] },
        ],
    ),
    (
        "events",
        &[
            Path { pattern: "/events", operations: &[("GET", EventsRead), ("POST", EventsWrite)] },
            Path { pattern: "/events/summaries", operations: &[("POST", EventsWrite)] },
        ],
    ),
    (
        "export",
        &[
            Path {
                pattern: "/export/cancel/{job_identifier}",
                operations: &[("POST", ExportWrite)],
            },
            Path { pattern: "/export/content/data", operations: &[("POST", ExportWrite)] },
            Path {
                pattern: "/export/content/data/{job_identifier}",
                operations: &[("GET", ExportRead)],
            },
            Path {
                pattern: "/export/reporting_data/enqueue",
                operations: &[("POST", ReportingWrite)],
            },
            Path {
                pattern: "/export/reporting_data/get_datasets",
                operations: &[("GET", ReportingRead)],
            },
            Path {
                pattern: "/export/reporting_data/{job_identifier}",
                operations: &[("GET", ReportingRead)],
            },
            Path { pattern: "/export/workflows/{id}", operations: &[("GET", WorkflowsRead)] },
        ],
    ),
    (
        "fin",
        &[
            Path { pattern: "/fin/ask", operations: &[("POST", FinWrite)] },
            Path { pattern: "/fin/capabilities", operations: &[("POST", FinWrite)] },
            Path { pattern: "/fin/csat", operations: &[("POST", FinWrite)] },
            Path { pattern: "/fin/escalate", operations: &[("POST", FinWrite)] },
            Path {
                pattern: "/fin/procedures/{procedure_id}/run",
                operations: &[("POST", FinWrite)],
            },
            Path { pattern: "/fin/reply", operations: &[("POST", FinWrite)] },
            Path { pattern: "/fin/start", operations: &[("POST", FinWrite)] },
        ],
    ),
    (
        "fin_voice",
        &[
            Path { pattern: "/fin_voice/collect/{id}", operations: &[("GET", CallsRead)] },
            Path {
                pattern: "/fin_voice/conversation/{conversation_id}",
                operations: &[("GET", CallsRead)],
            },
            Path {
                pattern: "/fin_voice/external_id/{external_id}",
                operations: &[("GET", CallsRead)],
            },
            Path {
                pattern: "/fin_voice/phone_number/{phone_number}",
                operations: &[("GET", CallsRead)],
            },
            Path { pattern: "/fin_voice/register", operations: &[("POST", CallsWrite)] },
        ],
    ),
    (
        "folders",
        &[
            Path {
                pattern: "/folders",
                operations: &[("GET", FoldersRead), ("POST", FoldersWrite)],
            },
            Path {
                pattern: "/folders/{id}",
                operations: &[
                    ("GET", FoldersRead),
                    ("PUT", FoldersWrite),
                    ("DELETE", FoldersWrite),
                ],
            },
        ],
    ),
    (
        "help_center",
        &[
            Path {
                pattern: "/help_center/collections",
                operations: &[("GET", HelpCenterRead), ("POST", HelpCenterWrite)],
            },
            Path {
                pattern: "/help_center/collections/{collection_id}",
                operations: &[
                    ("GET", HelpCenterRead),
                    ("PUT", HelpCenterWrite),
                    ("DELETE", HelpCenterWrite),
                ],
            },
            Path { pattern: "/help_center/help_centers", operations: &[("GET", HelpCenterRead)] },
            Path {
                pattern: "/help_center/help_centers/{help_center_id}",
                operations: &[("GET", HelpCenterRead)],
            },
            Path {
                pattern: "/help_center/help_centers/{help_center_id}/redirects",
                operations: &[("GET", HelpCenterRead), ("POST", HelpCenterWrite)],
            },
            Path {
                pattern: "/help_center/help_centers/{help_center_id}/redirects/{id}",
                operations: &[("GET", HelpCenterRead), ("DELETE", HelpCenterWrite)],
            },
            Path {
                pattern: "/help_center/sections",
                operations: &[("GET", HelpCenterRead), ("POST", HelpCenterWrite)],
            },
            Path {
                pattern: "/help_center/sections/{section_id}",
                operations: &[
                    ("GET", HelpCenterRead),
                    ("PUT", HelpCenterWrite),
                    ("DELETE", HelpCenterWrite),
                ],
            },
        ],
    ),
    (
        "internal_articles",
        &[
            Path {
                pattern: "/internal_articles",
                operations: &[("GET", InternalArticlesRead), ("POST", InternalArticlesWrite)],
            },
            Path {
                pattern: "/internal_articles/search",
                operations: &[("GET", InternalArticlesRead)],
            },
            Path {
                pattern: "/internal_articles/{internal_article_id}",
                operations: &[
                    ("GET", InternalArticlesRead),
                    ("PUT", InternalArticlesWrite),
                    ("DELETE", InternalArticlesWrite),
                ],
            },
            Path {
                pattern: "/internal_articles/{internal_article_id}/tags",
                operations: &[("POST", InternalArticlesWrite)],
            },
            Path {
                pattern: "/internal_articles/{internal_article_id}/tags/{id}",
                operations: &[("DELETE", InternalArticlesWrite)],
            },
        ],
    ),
    (
        "ip_allowlist",
        &[Path {
            pattern: "/ip_allowlist",
            operations: &[("GET", IpAllowlistRead), ("PUT", IpAllowlistWrite)],
        }],
    ),
    ("jobs", &[Path { pattern: "/jobs/status/{job_id}", operations: &[("GET", JobsRead)] }]),
    (
        "macros",
        &[
            Path { pattern: "/macros", operations: &[("GET", MacrosRead)] },
            Path { pattern: "/macros/{id}", operations: &[("GET", MacrosRead)] },
        ],
    ),
    ("me", &[Path { pattern: "/me", operations: &[("GET", AdminsRead)] }]),
    (
        "messages",
        &[
            Path { pattern: "/messages", operations: &[("POST", MessagesSend)] },
            Path { pattern: "/messages/status", operations: &[("GET", MessagesRead)] },
            Path { pattern: "/messages/whatsapp/status", operations: &[("GET", MessagesRead)] },
        ],
    ),
    (
        "news",
        &[
            Path {
                pattern: "/news/news_items",
                operations: &[("GET", NewsRead), ("POST", NewsWrite)],
            },
            Path {
                pattern: "/news/news_items/{news_item_id}",
                operations: &[("GET", NewsRead), ("PUT", NewsWrite), ("DELETE", NewsWrite)],
            },
            Path { pattern: "/news/newsfeeds", operations: &[("GET", NewsRead)] },
            Path { pattern: "/news/newsfeeds/{newsfeed_id}", operations: &[("GET", NewsRead)] },
            Path {
                pattern: "/news/newsfeeds/{newsfeed_id}/items",
                operations: &[("GET", NewsRead)],
            },
        ],
    ),
    ("notes", &[Path { pattern: "/notes/{note_id}", operations: &[("GET", NotesRead)] }]),
    (
        "office_hours_schedules",
        &[
            Path {
                pattern: "/office_hours_schedules",
                operations: &[("GET", OfficeHoursRead), ("POST", OfficeHoursWrite)],
            },
            Path {
                pattern: "/office_hours_schedules/{id}",
                operations: &[
                    ("GET", OfficeHoursRead),
                    ("PUT", OfficeHoursWrite),
                    ("DELETE", OfficeHoursWrite),
                ],
            },
            Path {
                pattern: "/office_hours_schedules/{office_hours_schedule_id}/office_hours_exceptions",
                operations: &[("GET", OfficeHoursRead), ("POST", OfficeHoursWrite)],
            },
            Path {
                pattern: "/office_hours_schedules/{office_hours_schedule_id}/office_hours_exceptions/{id}",
                operations: &[
                    ("GET", OfficeHoursRead),
                    ("PUT", OfficeHoursWrite),
                    ("DELETE", OfficeHoursWrite),
                ],
            },
        ],
    ),
    (
        "phone_call_redirects",
        &[Path {
            pattern: "/phone_call_redirects",
            operations: &[("POST", PhoneCallRedirectsWrite)],
        }],
    ),
    (
        "procedures",
        &[Path {
            pattern: "/procedures/{conversation_id}/collect_agent_input",
            operations: &[("POST", FinWrite)],
        }],
    ),
    (
        "secure_mode_secrets",
        &[
            Path {
                pattern: "/secure_mode_secrets",
                operations: &[
                    ("GET", IdentityVerificationRead),
                    ("POST", IdentityVerificationWrite),
                ],
            },
            Path {
                pattern: "/secure_mode_secrets/{id}",
                operations: &[("DELETE", IdentityVerificationWrite)],
            },
        ],
    ),
    (
        "segments",
        &[
            Path { pattern: "/segments", operations: &[("GET", SegmentsRead)] },
            Path { pattern: "/segments/{segment_id}", operations: &[("GET", SegmentsRead)] },
        ],
    ),
    (
        "subscription_types",
        &[Path { pattern: "/subscription_types", operations: &[("GET", SubscriptionsRead)] }],
    ),
    (
        "tags",
        &[
            Path { pattern: "/tags", operations: &[("GET", TagsRead), ("POST", TagsWrite)] },
            Path {
                pattern: "/tags/{tag_id}",
                operations: &[("GET", TagsRead), ("DELETE", TagsWrite)],
            },
        ],
    ),
    (
        "teams",
        &[
            Path { pattern: "/teams", operations: &[("GET", TeamsRead)] },
            Path {
                pattern: "/teams/{team_id}",
                operations: &[("GET", TeamsRead), ("PUT", TeamsWrite)],
            },
            Path { pattern: "/teams/{team_id}/metrics", operations: &[("GET", TeamsRead)] },
        ],
    ),
    ("ticket_states", &[Path { pattern: "/ticket_states", operations: &[("GET", TicketsRead)] }]),
    (
        "ticket_types",
        &[
            Path {
                pattern: "/ticket_types",
                operations: &[("GET", TicketsRead), ("POST", TicketsWrite)],
            },
            Path {
                pattern: "/ticket_types/{ticket_type_id}",
                operations: &[("GET", TicketsRead), ("PUT", TicketsWrite)],
            },
            Path {
                pattern: "/ticket_types/{ticket_type_id}/attributes",
                operations: &[("POST", TicketsWrite)],
            },
            Path {
                pattern: "/ticket_types/{ticket_type_id}/attributes/{attribute_id}",
                operations: &[("PUT", TicketsWrite)],
            },
        ],
    ),
    (
        "tickets",
        &[
            Path { pattern: "/tickets", operations: &[("POST", TicketsWrite)] },
            Path { pattern: "/tickets/enqueue", operations: &[("POST", TicketsWrite)] },
            Path { pattern: "/tickets/search", operations: &[("POST", TicketsRead)] },
            Path {
                pattern: "/tickets/{ticket_id}",
                operations: &[
                    ("GET", TicketsRead),
                    ("PUT", TicketsWrite),
                    ("DELETE", TicketsWrite),
                ],
            },
            Path {
                pattern: "/tickets/{ticket_id}/change_type",
                operations: &[("POST", TicketsWrite)],
            },
            Path {
                pattern: "/tickets/{ticket_id}/linked_conversations",
                operations: &[("POST", TicketsWrite)],
            },
            Path {
                pattern: "/tickets/{ticket_id}/linked_conversations/{id}",
                operations: &[("DELETE", TicketsWrite)],
            },
            Path { pattern: "/tickets/{ticket_id}/reply", operations: &[("POST", TicketsWrite)] },
            Path { pattern: "/tickets/{ticket_id}/tags", operations: &[("POST", TagsWrite)] },
            Path {
                pattern: "/tickets/{ticket_id}/tags/{tag_id}",
                operations: &[("DELETE", TagsWrite)],
            },
        ],
    ),
    (
        "visitors",
        &[
            Path {
                pattern: "/visitors",
                operations: &[("GET", VisitorsRead), ("PUT", VisitorsWrite)],
            },
            Path { pattern: "/visitors/convert", operations: &[("POST", VisitorsWrite)] },
        ],
    ),
];
