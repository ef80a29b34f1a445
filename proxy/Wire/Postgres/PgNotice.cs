using System.Text;

namespace JitProxy.Wire.Postgres;

/// <summary>The texts of an error or notice that the proxy itself sends.</summary>
/// <param name="Severity">ERROR, FATAL, WARNING, NOTICE, ...</param>
/// <param name="Code">The SQLSTATE, five characters.</param>
/// <param name="Message">What happened, one line.</param>
/// <param name="Detail">Why, or null.</param>
/// <param name="Hint">What to do next, or null.</param>
public sealed record PgNotice(string Severity, string Code, string Message, string? Detail = null, string? Hint = null)
{
    internal byte[] Encode()
    {
        var body = new List<byte>(256);
        Add(body, PgErrorField.Severity, Severity);
        Add(body, PgErrorField.SeverityUnlocalized, Severity);
        Add(body, PgErrorField.Code, Code);
        Add(body, PgErrorField.Message, Message);
        Add(body, PgErrorField.Detail, Detail);
        Add(body, PgErrorField.Hint, Hint);
        body.Add(0);
        return [.. body];
    }

    private static void Add(List<byte> body, PgErrorField field, string? text)
    {
        if (text is null)
            return;

        body.Add((byte)field);

        // A text for people may quote what a peer sent; a NUL in it must not end the field early.
        body.AddRange(Encoding.UTF8.GetBytes(text.Replace('\0', '\uFFFD')));
        body.Add(0);
    }
}
