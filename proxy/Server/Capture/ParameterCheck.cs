using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Capture;

/// <summary>Holds the values of a Bind against what the grant allows. Binary values count only if the client said of which type they are.</summary>
internal static class ParameterCheck
{
    // Type numbers of PostgreSQL's own catalogue (src/include/catalog/pg_type.dat).
    private const uint Int8 = 20, Int2 = 21, Int4 = 23, PlainText = 25, VarChar = 1043;

    /// <summary>Why the values are not allowed, as a clause; null if they are. Never holds a value.</summary>
    /// <param name="permit">The permit; null if the statement runs by rule.</param>
    /// <param name="bind">The message.</param>
    /// <param name="types">The types that the client declared when it had the statement prepared.</param>
    public static string? FindObjection(Permit? permit, in PgBind bind, uint[] types)
    {
        if (permit is null || permit.ParameterRules.IsEmpty)
            return null;

        foreach (var rule in permit.ParameterRules)
        {
            if (!Allows(rule, bind, types))
                return Objection(permit, rule, "$");
        }

        return null;
    }

    /// <summary>The clause that says which value is not allowed, and not what it is.</summary>
    /// <param name="permit">The permit.</param>
    /// <param name="rule">Its rule that does not allow the value.</param>
    /// <param name="mark">What stands in front of a parameter's number.</param>
    public static string Objection(Permit permit, ParameterRule rule, string mark) =>
        string.Create(CultureInfo.InvariantCulture, $"grant {permit.Grant.Id} has {rule.Written}, this has another value for {mark}{rule.Index}");

    private static bool Allows(ParameterRule rule, in PgBind bind, uint[] types)
    {
        var index = 0;
        foreach (var value in bind.Parameters)
        {
            if (++index != rule.Index)
                continue;
            if (value.IsNull)
                return false;
            if (bind.ParameterFormats.FormatOf(index - 1) == 0)
                return rule.Allows(value.Bytes);

            return index <= types.Length && AllowsBinary(rule, value.Bytes, types[index - 1]);
        }

        return false;
    }

    // The same bytes are another number for another type, so a type that nobody named allows nothing.
    private static bool AllowsBinary(ParameterRule rule, ReadOnlySpan<byte> bytes, uint type)
    {
        if (type is PlainText or VarChar)
            return rule.Allows(bytes);

        long? number = (type, bytes.Length) switch
        {
            (Int2, 2) => BinaryPrimitives.ReadInt16BigEndian(bytes),
            (Int4, 4) => BinaryPrimitives.ReadInt32BigEndian(bytes),
            (Int8, 8) => BinaryPrimitives.ReadInt64BigEndian(bytes),
            _ => null,
        };
        return number is { } found && rule.Allows(Encoding.ASCII.GetBytes(found.ToString(CultureInfo.InvariantCulture)));
    }
}
