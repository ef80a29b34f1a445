using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Grants;

/// <summary>A grant as a row: the columns, in one order, for writing and for reading.</summary>
internal static class GrantRow
{
    /// <summary>The columns, in the order of <see cref="Read"/>.</summary>
    public const string Columns =
        "id, kind, user, project, databases, dialect, schema_name, statement, role, asked_unmask, asked_export, asked_ticks, asked_executions, "
        + "reason, extends, state, revision, requested_at, unmask, export, duration_ticks, executions_max, steps, approved_at, expires_at, "
        + "executions, ended_by, ended_at, end_comment, again, networks, "
        + "break_glass, reviewed_by, reviewed_at, review_comment, parameters";

    /// <summary>The parameters of an insert, named as the columns.</summary>
    public static (string Name, object? Value)[] RequestValues(Grant grant)
    {
        var request = grant.Request;
        return
        [
            ("$id", grant.Id),
            ("$kind", NameOf(request.Kind)),
            ("$user", request.User),
            ("$project", request.Project),
            ("$databases", GrantJson.Write(request.Databases)),
            ("$dialect", NameOf(request.Dialect)),
            ("$schema_name", request.Schema),
            ("$statement", request.Statement),
            ("$role", request.Role),
            ("$asked_unmask", request.Unmask),
            ("$asked_export", request.Export),
            ("$asked_ticks", request.Duration.Ticks),
            ("$asked_executions", request.ExecutionsMax),
            ("$reason", request.Reason),
            ("$extends", request.Extends),
            ("$again", request.Again),
            ("$parameters", GrantJson.Write(request.Parameters)),
            ("$break_glass", request.BreakGlass),
            ("$networks", GrantJson.Write(request.Networks)),
        ];
    }

    /// <summary>The parameters of what changes.</summary>
    public static (string Name, object? Value)[] ProgressValues(Grant grant)
    {
        var progress = grant.Progress;
        return
        [
            ("$state", NameOf(progress.State)),
            ("$revision", progress.Revision),
            ("$requested_at", StoreConnection.Format(progress.RequestedAt)),
            ("$unmask", progress.Unmask),
            ("$export", progress.Export),
            ("$duration_ticks", progress.Duration.Ticks),
            ("$executions_max", progress.ExecutionsMax),
            ("$steps", GrantJson.Write(progress.Steps)),
            ("$approved_at", StoreConnection.Format(progress.ApprovedAt)),
            ("$expires_at", StoreConnection.Format(progress.ExpiresAt)),
            ("$ended_by", progress.EndedBy),
            ("$ended_at", StoreConnection.Format(progress.EndedAt)),
            ("$end_comment", progress.EndComment),
            ("$reviewed_by", progress.ReviewedBy),
            ("$reviewed_at", StoreConnection.Format(progress.ReviewedAt)),
            ("$review_comment", progress.ReviewComment),
        ];
    }

    /// <summary>Reads a row; what no history of transitions leads to is refused.</summary>
    /// <exception cref="FormatException">JitProxy did not write this row.</exception>
    public static Grant Read(SqliteDataReader row)
    {
        var request = new GrantRequest
        {
            Kind = KindOf(row.GetString(1)),
            User = row.GetString(2),
            Project = row.GetString(3),
            Databases = GrantJson.ReadNames(row.GetString(4)),
            Dialect = DialectOf(row.GetString(5)),
            Schema = row.GetString(6),
            Statement = Text(row, 7),
            Role = Text(row, 8),
            Unmask = row.GetBoolean(9),
            Export = row.GetBoolean(10),
            Duration = TimeSpan.FromTicks(row.GetInt64(11)),
            ExecutionsMax = row.IsDBNull(12) ? null : row.GetInt32(12),
            Reason = row.GetString(13),
            Extends = row.IsDBNull(14) ? null : row.GetInt64(14),
            Again = row.IsDBNull(29) ? null : row.GetInt64(29),
            Networks = GrantJson.ReadNames(row.GetString(30)),
            BreakGlass = row.GetBoolean(31),
            Parameters = GrantJson.ReadNames(row.GetString(35)),
        };
        var progress = new GrantProgress
        {
            State = StatusOf(row.GetString(15)),
            Revision = row.GetInt32(16),
            RequestedAt = StoreConnection.Time(row.GetString(17)),
            Unmask = row.GetBoolean(18),
            Export = row.GetBoolean(19),
            Duration = TimeSpan.FromTicks(row.GetInt64(20)),
            ExecutionsMax = row.IsDBNull(21) ? null : row.GetInt32(21),
            Steps = GrantJson.ReadSteps(row.GetString(22)),
            ApprovedAt = Time(row, 23),
            ExpiresAt = Time(row, 24),
            Executions = row.GetInt64(25),
            EndedBy = Text(row, 26),
            EndedAt = Time(row, 27),
            EndComment = Text(row, 28),
            ReviewedBy = Text(row, 32),
            ReviewedAt = Time(row, 33),
            ReviewComment = Text(row, 34),
        };
        return Grant.TryRestore(row.GetInt64(0), request, progress, out var grant, out var fault)
            ? grant
            : throw new FormatException($"grant {row.GetInt64(0)}: {fault}");
    }

    // Names are stored, so that renumbering an enum changes nothing.
    private static string NameOf(GrantKind kind) => kind switch
    {
        GrantKind.Statement => "statement",
        GrantKind.Role => "role",
    };

    private static GrantKind KindOf(string name) => name switch
    {
        "statement" => GrantKind.Statement,
        "role" => GrantKind.Role,
        _ => throw new FormatException($"unknown kind {name}"),
    };

    private static string NameOf(SqlDialect dialect) => dialect switch
    {
        SqlDialect.PostgreSql => "postgresql",
        SqlDialect.MySql => "mysql",
        SqlDialect.MariaDb => "mariadb",
    };

    private static SqlDialect DialectOf(string name) => name switch
    {
        "postgresql" => SqlDialect.PostgreSql,
        "mysql" => SqlDialect.MySql,
        "mariadb" => SqlDialect.MariaDb,
        _ => throw new FormatException($"unknown dialect {name}"),
    };

    private static string NameOf(GrantStatus state) => state switch
    {
        GrantStatus.Pending => "pending",
        GrantStatus.Active => "active",
        GrantStatus.Revoked => "revoked",
        GrantStatus.Rejected => "rejected",
        GrantStatus.Canceled => "canceled",
        GrantStatus.Expired => throw new ArgumentException("expired is never stored", nameof(state)),
    };

    private static GrantStatus StatusOf(string name) => name switch
    {
        "pending" => GrantStatus.Pending,
        "active" => GrantStatus.Active,
        "revoked" => GrantStatus.Revoked,
        "rejected" => GrantStatus.Rejected,
        "canceled" => GrantStatus.Canceled,
        _ => throw new FormatException($"unknown state {name}"),
    };

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Time(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : StoreConnection.Time(row.GetString(column));
}
