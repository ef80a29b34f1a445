using System.Buffers;
using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Decide;

/// <summary>What a client is told when something does not run: the only place that words a <see cref="DenyReason"/> for people.</summary>
/// <param name="Reason">Why.</param>
/// <param name="SqlState">SQLSTATE (PostgreSQL appendix A).</param>
/// <param name="Message">Who, what, where.</param>
/// <param name="Detail">Why, in detail; null if the message says all.</param>
/// <param name="Hint">What to do next; null if nothing helps.</param>
internal sealed record Refusal(DenyReason Reason, string SqlState, string Message, string? Detail, string? Hint)
{
    /// <summary>The grant of the same user that it is about, or that is close; null if none is.</summary>
    public long? Grant { get; init; }

    /// <summary>insufficient_privilege: what every refusal by policy carries (DESIGN section 5).</summary>
    public const string InsufficientPrivilege = "42501";

    private const string InvalidParameterValue = "22023";

    /// <summary>The refusal of a statement by policy.</summary>
    public static Refusal Statement(DenyReason reason, string user, string database, string? detail, string? hint) =>
        new(reason, SqlStateOf(reason), $"user \"{user}\" may not run this statement on {database}: {Because(reason)}", detail, hint);

    /// <summary>The refusal of a value for <c>jit.grant</c>.</summary>
    public static Refusal NoGrantNumber(string value) => new(
        DenyReason.SettingNotAllowed,
        InvalidParameterValue,
        $"invalid value for jit.grant: \"{value}\"",
        null,
        "Give the number of one of your grants, as in SET jit.grant = 12, or none. To list them: jitproxy grants --mine");

    /// <summary>The command that asks for a refused statement, and on another line the page that does.</summary>
    /// <param name="denied">The number of the refusal's record.</param>
    /// <param name="console">Where the console is; null if there is none.</param>
    /// <param name="needsExport">True if its grant lacks nothing but export.</param>
    public static string RequestHint(long denied, Uri? console, bool needsExport = false)
    {
        var export = needsExport ? "--export " : "";
        var command = string.Create(CultureInfo.InvariantCulture, $"To ask for it: jitproxy request --denied {denied} {export}--reason \"...\"");
        return console is null
            ? command
            : string.Create(CultureInfo.InvariantCulture, $"{command}\nIn a browser: {new Uri(console, "request")}?denied={denied}");
    }

    /// <summary>What to do about a refusal that says nothing of it itself.</summary>
    public static string NextStep(DenyReason reason) => reason switch
    {
        DenyReason.Unspecified => "Try again in a moment; if it stays so, tell whoever runs JitProxy.",
        DenyReason.NoGrant or DenyReason.StatementDiffers or DenyReason.GrantExpired or DenyReason.GrantRevoked or DenyReason.GrantSpent
            or DenyReason.RoleNotEnough or DenyReason.WrongNetwork or DenyReason.ExportNotGranted => "To ask for it: jitproxy request",
        DenyReason.GrantPending => "To see what you wait for: jitproxy grants --mine",
        DenyReason.GrantNotApplicable => "To have any of your grants used again: SET jit.grant = none, or SET @jit_grant = NULL in MySQL",
        DenyReason.NotReadOnly or DenyReason.MaskedPredicate => "Ask for another statement: jitproxy request",
        DenyReason.ParameterNotAllowed => "Use what was approved, or ask for other values: jitproxy request ... --param 1=RULE",
        DenyReason.ProjectForbids => "Ask an owner of the project, or whoever keeps the configuration.",
        DenyReason.MaskedWrite => "Store something that no masked column goes into.",
        DenyReason.TransactionForbids => "End the transaction, and begin another one.",
        DenyReason.Unreadable => "Send one statement in UTF-8, without code in comments.",
        DenyReason.SettingNotAllowed => "Leave the setting as it is.",
        DenyReason.CatalogueReadNotAllowed => "Leave that out: names and types of objects can be read without a grant.",
        DenyReason.MessageNotSupported => "Run the statement itself, as a plain query or prepared by the driver.",
        DenyReason.TrailUnavailable => "Tell whoever runs JitProxy; statements work again as soon as the trail does.",
        DenyReason.ShapeChanged => "Run the statement once more in a moment.",
        DenyReason.RowLimit or DenyReason.SizeLimit => "Ask for the statement with export (jitproxy request ... --export), or for fewer rows.",
        DenyReason.ParameterTypeNotAllowed => "Send the parameter as one of the server's own types, as text for example.",
    };

    /// <summary>The refusal as a whole ErrorResponse message.</summary>
    public byte[] ToErrorResponse(string severity = "ERROR")
    {
        var output = new ArrayBufferWriter<byte>(256);
        PgErrorResponse.Write(output, ToNotice(severity));
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The refusal as the fields of an ErrorResponse.</summary>
    public PgNotice ToNotice(string severity) => new(severity, SqlState, Message, Detail, Hint);

    /// <summary>The reason on one line, for the audit trail; with the detail unless values are not to be recorded, which it may quote.</summary>
    public string ToRecord(bool hidesQuotes) => Detail is null || hidesQuotes ? Because(Reason) : $"{Because(Reason)}: {Detail}";

    /// <summary>The reason and its detail on one line.</summary>
    public override string ToString() => ToRecord(hidesQuotes: false);

    private static string SqlStateOf(DenyReason reason) => reason switch
    {
        DenyReason.Unreadable => "42601",
        DenyReason.MessageNotSupported => "0A000",
        DenyReason.TrailUnavailable => "58030",
        DenyReason.RowLimit or DenyReason.SizeLimit => "54000",
        DenyReason.ShapeChanged => "55000",
        DenyReason.Unspecified or DenyReason.NoGrant or DenyReason.StatementDiffers or DenyReason.GrantPending or DenyReason.GrantExpired
            or DenyReason.GrantRevoked or DenyReason.GrantSpent or DenyReason.GrantNotApplicable or DenyReason.SettingNotAllowed
            or DenyReason.CatalogueReadNotAllowed or DenyReason.ParameterTypeNotAllowed or DenyReason.ExportNotGranted
            or DenyReason.NotReadOnly or DenyReason.MaskedPredicate or DenyReason.MaskedWrite or DenyReason.TransactionForbids
            or DenyReason.ProjectForbids or DenyReason.RoleNotEnough or DenyReason.WrongNetwork
            or DenyReason.ParameterNotAllowed => InsufficientPrivilege,
    };

    private static string Because(DenyReason reason) => reason switch
    {
        DenyReason.Unspecified => "it was not decided",
        DenyReason.NoGrant => "no active grant holds it",
        DenyReason.StatementDiffers => "no active grant holds exactly this text",
        DenyReason.GrantPending => "its grant is still waiting for approval",
        DenyReason.GrantExpired => "its grant has expired",
        DenyReason.GrantRevoked => "its grant was revoked",
        DenyReason.GrantSpent => "its grant was used as often as it allows",
        DenyReason.GrantNotApplicable => "the grant that this session asks for does not hold it",
        DenyReason.NotReadOnly => "it is no longer a statement that only reads",
        DenyReason.ParameterNotAllowed => "a parameter is not what was approved",
        DenyReason.WrongNetwork => "its grant is for clients of other networks",
        DenyReason.RoleNotEnough => "no statement grant holds it, and the role does not allow it",
        DenyReason.ProjectForbids => "a setting of its project does not allow it",
        DenyReason.MaskedPredicate => "masked columns may not decide which rows come",
        DenyReason.MaskedWrite => "a masked value may not be stored where it comes in clear",
        DenyReason.TransactionForbids => "the open transaction does not allow it",
        DenyReason.ExportNotGranted => "its grant does not include export",
        DenyReason.Unreadable => "the text cannot be read without doubt",
        DenyReason.SettingNotAllowed => "this setting may not be changed",
        DenyReason.CatalogueReadNotAllowed => "this is not part of what every session may do",
        DenyReason.MessageNotSupported => "JitProxy does not pass this on",
        DenyReason.TrailUnavailable => "the audit trail cannot be written",
        DenyReason.ShapeChanged => "its result no longer has the columns that were analysed",
        DenyReason.RowLimit => "the result has more rows than the limit allows without export",
        DenyReason.SizeLimit => "the result is larger than the limit allows without export",
        DenyReason.ParameterTypeNotAllowed => "a parameter has a type that is not one of the server's own",
    };
}
