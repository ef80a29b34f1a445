using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace JitProxy.Policy.Sql;

/// <summary>Condenses a catalogue, so that one read again can be told from one that changed.</summary>
internal static class CatalogueFingerprint
{
    /// <summary>SHA-256 over every name, number, type and definition, in an order that does not depend on how they were read.</summary>
    public static string Of(Catalogue catalogue)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, string.Join('\0', catalogue.SearchPath.IsDefault ? [] : catalogue.SearchPath));
        Add(hash, catalogue.Server.ToString());
        foreach (var relation in catalogue.Relations.OrderBy(static r => (r.Schema, r.Name)))
        {
            Add(hash, string.Create(CultureInfo.InvariantCulture, $"{relation.Oid} {relation.Kind} {string.Join(',', relation.Parents)}"));
            Add(hash, relation.Schema);
            Add(hash, relation.Name);
            Add(hash, relation.Definition ?? "");
            foreach (var column in relation.Columns)
            {
                Add(hash, string.Create(CultureInfo.InvariantCulture, $"{column.Number} {column.TypeOid} {column.IsInvisible} {column.TypeName}"));
                Add(hash, column.Name);
            }
        }

        foreach (var function in catalogue.Functions.Select(static f => f.ToString()).Order(StringComparer.Ordinal))
            Add(hash, function);
        foreach (var name in catalogue.Operators.Select(static o => o.ToString()).Order(StringComparer.Ordinal))
            Add(hash, name);

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Add(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }
}
