using JitProxy.Policy.Grants;

namespace JitProxy.Storage.Grants;

/// <summary>Grants, as the store keeps them. None is ever deleted: they are history.</summary>
public sealed class GrantTable
{
    private const string ProgressColumns =
        "state = $state, revision = $revision, requested_at = $requested_at, unmask = $unmask, export = $export, duration_ticks = $duration_ticks, "
        + "executions_max = $executions_max, steps = $steps, approved_at = $approved_at, expires_at = $expires_at, ended_by = $ended_by, "
        + "ended_at = $ended_at, end_comment = $end_comment, reviewed_by = $reviewed_by, reviewed_at = $reviewed_at, review_comment = $review_comment";

    private static readonly string Insert =
        $"INSERT INTO store_grants ({GrantRow.Columns}) VALUES ($"
        + GrantRow.Columns.Replace(", ", ", $", StringComparison.Ordinal).Replace("$executions,", "0,", StringComparison.Ordinal) + ")";

    private readonly StoreConnection _connection;
    private readonly TimeProvider _clock;

    internal GrantTable(StoreConnection connection, TimeProvider clock) => (_connection, _clock) = (connection, clock);

    /// <summary>All grants, by number.</summary>
    public IReadOnlyList<Grant> ReadAll() => _connection.Query($"SELECT {GrantRow.Columns} FROM store_grants ORDER BY id", GrantRow.Read);

    /// <summary>The grant of this number as the store has it now, or null.</summary>
    public Grant? Find(long id) =>
        _connection.Query($"SELECT {GrantRow.Columns} FROM store_grants WHERE id = $id", GrantRow.Read, ("$id", id)).SingleOrDefault();

    /// <summary>A number that no grant has had and none will get again.</summary>
    public long NextId() =>
        _connection.Query("UPDATE store_meta SET value = value + 1 WHERE key = 'last_grant' RETURNING value", static row => row.GetInt64(0))
            is [var id] ? id : throw _connection.Damaged("the counter of grants is missing");

    /// <summary>Keeps a new grant.</summary>
    public void Add(Grant grant) => _connection.Execute(Insert, [.. GrantRow.RequestValues(grant), .. GrantRow.ProgressValues(grant)]);

    /// <summary>Keeps what became of a grant; false, and nothing kept, if somebody else changed it since it was read.</summary>
    /// <remarks>The count of executions is not touched: it has its own way in.</remarks>
    public bool TryUpdate(Grant grant) => _connection.Execute(
        $"UPDATE store_grants SET {ProgressColumns} WHERE id = $id AND revision = $revision - 1",
        [("$id", grant.Id), .. GrantRow.ProgressValues(grant)]) == 1;

    /// <summary>Counts one execution of an active grant; false, and nothing counted, if it has run as often as it may or is not active.</summary>
    /// <remarks>One statement, hence one transaction: the count passes the limit under no interleaving, of threads or of processes.</remarks>
    public bool TrySpend(long grantId) => _connection.Execute(
        """
        UPDATE store_grants SET executions = executions + 1
        WHERE id = $id AND state = 'active' AND expires_at > $now AND (executions_max IS NULL OR executions < executions_max)
        """,
        ("$id", grantId),
        ("$now", StoreConnection.Format(_clock.GetUtcNow()))) == 1;
}
